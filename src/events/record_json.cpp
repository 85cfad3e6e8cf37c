// SPDX-License-Identifier: Apache-2.0
#include "events/record_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "events/json_line.hpp"
#include "record/clock_state.hpp"
#include "record/event_wire.hpp"
#include "record/result_settings.hpp"
#include "views/catalog/catalog_record.hpp"

namespace hapax {
namespace {

std::uint64_t micros(Microseconds duration) {
  return static_cast<std::uint64_t>(duration.count());
}

void add_settings(const ResultSettings& settings, JsonLine& line) {
  line.number("dedupWindowMicros", micros(settings.dedup_window));
  line.number("outOfOrderBoundMicros", micros(settings.out_of_order_bound));
  line.number("idleTimeoutMicros", micros(settings.idle_timeout));
}

void add_clock(const ClockState& state, JsonLine& line) {
  line.number("number", state.number);
  line.raw("doubted", state.is_doubted ? "true" : "false");
  line.raw("confirmed", state.is_confirmed ? "true" : "false");
  line.number("openDoubts", state.doubted.size());
  line.number("corrections", state.corrections.size());
}

/// Of a kind that nobody knows here, or of another version: as text, or in hexadecimal.
void add_unknown(std::string_view value, JsonLine& line) {
  const auto is_printable = [](char c) { return ' ' <= c && c <= '~'; };
  if (std::ranges::all_of(value, is_printable)) {
    line.text("value", value);
  } else {
    std::string hex;
    for (const char c : value) {
      fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(c));
    }
    line.text("valueHex", hex);
  }
}

void add_control_value(const ControlView& control, JsonLine& line) {
  if (control.kind == kSettingsControl) {
    if (const auto settings = decode_result_settings(control.value)) {
      return add_settings(*settings, line);
    }
  } else if (control.kind == kClockControl) {
    if (const auto state = decode_clock_state(control.value)) {
      return add_clock(*state, line);
    }
  } else if (control.kind == kCatalogControl) {
    if (const auto said = decode_announcement(control.value)) {
      return line.number("catalog", said->number);
    }
  }
  add_unknown(control.value, line);
}

/// Where the event stands in its device's count.
void add_number(const EventView& event, JsonLine& line) {
  const auto numbering = decode_numbering(event.numbering);
  if (numbering) {
    line.text("numberedDevice", numbered_device(*numbering, event));
    line.text("numberedEpoch", numbering->epoch);
    line.number("sequence", event.sequence);
    line.number("numbersMade", numbering->made);
  }
}

}  // namespace

std::string to_json_line(PartitionId partition, Offset offset, const EventView& event) {
  JsonLine line;
  line.number("partition", partition.value());
  line.number("offset", offset.value());
  line.text("source", event.source);
  line.text("messageId", event.message_id);
  line.time("receivedAt", as_event_time(event.received_at));
  if (const auto control = decode_control(event.control)) {
    line.text("control", control->kind);
    add_control_value(*control, line);
    return std::move(line).finish();
  }
  if (event.rejection) {
    line.text("rejected", event.rejection->code);
    line.text("reason", event.rejection->reason);
    line.text("original", event.rejection->original);
    add_number(event, line);
    return std::move(line).finish();
  }
  line.text("type", type_name(event.type));
  line.text("name", event.name);
  line.text("category", event.category);
  line.text("userId", event.user_id);
  line.text("anonymousId", event.anonymous_id);
  line.text("groupId", event.group_id);
  line.text("previousId", event.previous_id);
  line.time("eventTime", event.event_time);
  if (event.original_timestamp) {
    line.time("originalTimestamp", *event.original_timestamp);
  }
  line.text("originalTimestampText", event.original_timestamp_text);
  if (event.sent_at) {
    line.time("sentAt", *event.sent_at);
  }
  line.raw("properties", event.properties);
  line.raw("traits", event.traits);
  line.raw("context", event.context);
  add_number(event, line);
  return std::move(line).finish();
}

}  // namespace hapax
