// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_journal.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

namespace hapax {
namespace {

using Json = nlohmann::json;

Json json_of(const Reading& value) {
  return value ? Json(*value) : Json();
}
Json json_of(const std::optional<ProcessingTime>& time) {
  return time ? Json(to_micros(*time)) : Json();
}
Reading reading_of(const Json& json) {
  return json.is_null() ? Reading() : Reading(json.get<double>());
}
ProcessingTime time_of(const Json& json) {
  return processing_time_from_micros(json.get<std::int64_t>());
}
std::optional<ProcessingTime> maybe_time_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(time_of(json));
}

Json json_of(const Firing& firing) {
  return {{"id", firing.id},
          {"alert", firing.alert},
          {"name", firing.name},
          {"since", to_micros(firing.since)},
          {"until", json_of(firing.until)},
          {"value", json_of(firing.value)},
          {"dropped", firing.is_dropped}};
}
Firing firing_of(const Json& json) {
  return {.id = json.at("id"),
          .alert = json.at("alert"),
          .name = json.at("name"),
          .since = time_of(json.at("since")),
          .until = maybe_time_of(json.at("until")),
          .value = reading_of(json.at("value")),
          .is_dropped = json.at("dropped")};
}

Json json_of(const AlertDelivery& delivery) {
  return {{"kind", static_cast<int>(delivery.notice.kind)},
          {"firing", json_of(delivery.notice.firing)},
          {"at", to_micros(delivery.notice.at)},
          {"value", json_of(delivery.notice.value)},
          {"state", static_cast<int>(delivery.state)},
          {"tries", delivery.tries},
          {"last_try", json_of(delivery.last_try)},
          {"error", delivery.error}};
}
AlertDelivery delivery_of(const Json& json) {
  const int kind = json.at("kind");
  const int state = json.at("state");
  return {.notice = {.kind = static_cast<NoticeKind>(std::clamp(kind, 0, 3)),
                     .firing = firing_of(json.at("firing")),
                     .at = time_of(json.at("at")),
                     .value = reading_of(json.at("value"))},
          .state = static_cast<DeliveryState>(std::clamp(state, 0, 2)),
          .tries = json.at("tries"),
          .last_try = maybe_time_of(json.at("last_try")),
          .error = json.at("error")};
}

Json json_of(const AlertStatus& status) {
  Json json = {{"firing", status.firing ? json_of(*status.firing) : Json()},
               {"told_at", to_micros(status.told_at)},
               {"deliveries", Json::array()}};
  for (const auto& delivery : status.deliveries) {
    json["deliveries"].push_back(delivery ? json_of(*delivery) : Json());
  }
  return json;
}
AlertStatus status_of(const Json& json) {
  AlertStatus status;
  if (!json.at("firing").is_null()) {
    status.firing = firing_of(json.at("firing"));
  }
  status.told_at = time_of(json.at("told_at"));
  const Json& deliveries = json.at("deliveries");
  for (std::size_t i = 0; i < std::min(deliveries.size(), kChannels.size()); ++i) {
    if (!deliveries.at(i).is_null()) {
      status.deliveries.at(i) = delivery_of(deliveries.at(i));
    }
  }
  return status;
}

}  // namespace

std::string encode_journal(const AlertJournal& journal) {
  Json json = {{"alerts", Json::object()}, {"firings", Json::array()}};
  for (const auto& [id, status] : journal.statuses) {
    json["alerts"][id] = json_of(status);
  }
  for (const Firing& firing : journal.firings) {
    json["firings"].push_back(json_of(firing));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<AlertJournal> decode_journal(std::string_view text) {
  AlertJournal journal;
  try {
    const Json json = Json::parse(text);
    for (const auto& [id, status] : json.at("alerts").items()) {
      journal.statuses.emplace(id, status_of(status));
    }
    for (const Json& firing : json.at("firings")) {
      journal.firings.push_back(firing_of(firing));
    }
  } catch (const Json::exception& error) {
    return Error{ErrorKind::kCorrupt, std::string("it is no journal of alerts: ") + error.what()};
  }
  return journal;
}

}  // namespace hapax
