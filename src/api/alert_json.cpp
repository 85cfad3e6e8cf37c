// SPDX-License-Identifier: Apache-2.0
#include "api/alert_json.hpp"

#include <cmath>

#include "core/timestamp.hpp"
#include "json/json_text.hpp"
#include "read/row_values.hpp"

namespace hapax {
namespace {

void append_time(std::string_view name, const std::optional<ProcessingTime>& time,
                 std::string& to) {
  if (time) {
    append_json_member(name, to_iso8601(as_event_time(*time)), to);
  } else {
    to.append(",\"").append(name).append("\":null");
  }
}

void append_number(std::string_view name, const Reading& number, std::string& to) {
  to.append(",\"").append(name).append("\":");
  append_json_double(number.value_or(std::nan("")), to);
}

void append_delivery(Channel channel, const AlertDelivery& delivery, std::string& to) {
  to += "{\"channel\":";
  append_json_string(text_of(channel), to);
  append_json_member("told", text_of(delivery.notice.kind), to);
  append_json_member("state", text_of(delivery.state), to);
  to += ",\"tries\":" + std::to_string(delivery.tries);
  append_time("last_try", delivery.last_try, to);
  append_json_member("error", delivery.error, to);
  to += "}";
}

void append_status(const AlertStatus& status, std::string& to) {
  to += ",\"status\":{\"state\":";
  append_json_string(text_of(status.state), to);
  append_json_member("reason", status.reason, to);
  append_number("value", status.value, to);
  append_time("looked_at", status.looked_at, to);
  to += ",\"met\":" + std::to_string(status.met);
  append_time("firing_since", status.firing ? std::optional(status.firing->since) : std::nullopt,
              to);
  to += "},\"deliveries\":[";
  for (const Channel channel : kChannels) {
    if (const auto& delivery = status.deliveries.at(index_of(channel))) {
      to += to.ends_with('[') ? "" : ",";
      append_delivery(channel, *delivery, to);
    }
  }
  to += "]";
}

std::string head_of(const Document& document) {
  std::string text = "{\"id\":";
  append_json_string(document.id, text);
  append_json_member("revision", document.revision, text);
  return text;
}

void append_firing(const Firing& firing, std::string& to) {
  to += "{\"id\":";
  append_json_string(firing.id, to);
  append_json_member("alert", firing.alert, to);
  append_json_member("name", firing.name, to);
  append_time("since", firing.since, to);
  append_time("until", firing.until, to);
  append_number("value", firing.value, to);
  to.append(",\"dropped\":").append(firing.is_dropped ? "true" : "false").append("}");
}

void append_figure(const FigureKind& figure, std::string& to) {
  to += "{\"name\":";
  append_json_string(figure.name, to);
  append_json_member("meaning", figure.meaning, to);
  to.append(",\"has_sources\":").append(figure.has_sources ? "true" : "false");
  append_json_member("when", text_of(figure.when), to);
  append_number("threshold", figure.threshold, to);
  to += "}";
}

}  // namespace

std::string alert_entry_json(const AlertEntry& entry) {
  std::string text = head_of(*entry.document);
  if (entry.rule) {
    text += "," + alert_json(*entry.rule, Secrets::kHidden).substr(1);
    text.pop_back();
  } else {
    append_json_member("error", entry.error, text);
  }
  append_status(entry.status, text);
  return text + "}";
}

std::string stored_alert_json(const Document& document) {
  return head_of(document) + "," + document.text.substr(1);
}

std::string alerts_json(const AlertsReport& report, const std::vector<FigureKind>& figures,
                        bool can_mail) {
  std::string text = "{\"alerts\":[";
  for (const AlertEntry& entry : report.alerts) {
    text += (text.ends_with('[') ? "" : ",") + alert_entry_json(entry);
  }
  text += "],\"firings\":[";
  for (const Firing& firing : report.firings) {
    text += text.ends_with('[') ? "" : ",";
    append_firing(firing, text);
  }
  text += "],\"figures\":[";
  for (const FigureKind& figure : figures) {
    text += text.ends_with('[') ? "" : ",";
    append_figure(figure, text);
  }
  return text + "],\"can_mail\":" + (can_mail ? "true" : "false") + "}";
}

std::string tested_json(const std::vector<TestedChannel>& tested) {
  std::string text = "{\"deliveries\":[";
  for (const TestedChannel& one : tested) {
    text += text.ends_with('[') ? "{\"channel\":" : ",{\"channel\":";
    append_json_string(text_of(one.channel), text);
    text.append(",\"delivered\":").append(one.error.empty() ? "true" : "false");
    append_json_member("error", one.error, text);
    text += "}";
  }
  return text + "]}";
}

}  // namespace hapax
