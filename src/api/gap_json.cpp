// SPDX-License-Identifier: Apache-2.0
// What is answered of losses.
#include <chrono>
#include <nlohmann/json.hpp>

#include "api/gap_routes.hpp"
#include "bytes/base64.hpp"
#include "core/timestamp.hpp"
#include "numbers/number_keys.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;
using enum GapFigure;

constexpr const char* kUnseen =
    "devices of which nothing came, and what a device made after the last batch that came";

std::string day_text(std::uint32_t day) {
  constexpr std::size_t kDateBytes = 10;
  const EventTime start = EventTime(std::chrono::hours(24 * static_cast<std::int64_t>(day)));
  return to_iso8601(start).substr(0, kDateBytes);
}

template <typename Count>
Json dropped_json(const Count& count) {
  Json dropped = Json::object();
  for (std::size_t reason = 0; reason < kDropReasons; ++reason) {
    if (const auto said = count(reason); said != 0) {
      dropped[std::string(kDropReasonNames[reason])] = said;
    }
  }
  return dropped;
}

void add_sums(const GapSums& sums, Json& to) {
  to["missing_at_least"] = sums[kMissing];
  to["missing_devices"] = sums[kMissingDevices];
  to["dropped"] = dropped_json([&](std::size_t reason) { return sums.dropped(reason); });
  to["open_tail"] = sums[kTail];
  to["open_tail_devices"] = sums[kTailDevices];
  to["not_believed"] = {{"missing", sums[kUnbelievedMissing]},
                        {"devices", sums[kUnbelievedDevices]},
                        {"open_tail", sums[kUnbelievedTail]},
                        {"open_tail_devices", sums[kUnbelievedTailDevices]}};
  to["unnumbered_devices"] = sums[kUnnumberedDevices];
}

Json source_json(const GapReport::Row& row) {
  Json json = {
      {"source", row.source}, {"devices", row.sums[kDevices]}, {"arrived", row.sums[kArrived]}};
  add_sums(row.sums, json);
  return json;
}

Json row_json(const GapReport::Row& row) {
  Json json = {{"source", row.source}, {"day", day_text(row.day)}};
  add_sums(row.sums, json);
  return json;
}

Json device_json(const GapDevice& device) {
  Json gaps = Json::array();
  std::uint64_t shown = 0;
  for (const GapDevice::Gap& gap : device.gaps) {
    gaps.push_back({{"first", gap.first}, {"last", gap.last}});
    shown += gap.last - gap.first + 1;
  }
  const auto place = split_place(device.place);
  return {{"device", place ? place->device : ""},
          {"epoch", place ? place->epoch : ""},
          {"believed", device.is_believed},
          {"missing", device.missing_of_day},
          {"gaps", std::move(gaps)},
          {"missing_beside_gaps", device.missing_of_day - shown},
          {"missing_all_days", device.missing},
          {"since", day_text(device.since_day)},
          {"last_day", day_text(device.last_day)},
          {"arrived", device.arrived},
          {"highest", device.highest},
          {"made", device.made},
          {"dropped", dropped_json([&](std::size_t reason) { return device.dropped[reason]; })}};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string gaps_json(const GapReport& report) {
  Json sources = Json::array();
  for (const GapReport::Row& source : report.sources) {
    sources.push_back(source_json(source));
  }
  Json rows = Json::array();
  for (const GapReport::Row& row : report.rows) {
    rows.push_back(row_json(row));
  }
  Json next;
  if (report.is_cut && !report.rows.empty()) {
    next = encode_base64url(day_key(report.rows.back().source, report.rows.back().day));
  }
  return text_of({{"complete", report.is_complete()},
                  {"behind_records", report.behind_records},
                  {"unseen", kUnseen},
                  {"sources", std::move(sources)},
                  {"rows", std::move(rows)},
                  {"next", std::move(next)}});
}

std::string gap_devices_json(const GapDevicesPage& page, const GapDevicesQuery& query) {
  Json devices = Json::array();
  for (const GapDevice& device : page.devices) {
    devices.push_back(device_json(device));
  }
  return text_of({{"source", query.source},
                  {"day", day_text(query.day)},
                  {"devices", std::move(devices)},
                  {"next", page.cut_behind ? Json(encode_base64url(*page.cut_behind)) : Json()}});
}

}  // namespace hapax
