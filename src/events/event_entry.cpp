// SPDX-License-Identifier: Apache-2.0
#include "events/event_entry.hpp"

#include <array>
#include <utility>

#include "events/json_line.hpp"
#include "record/event_wire.hpp"
#include "record/receipt.hpp"

namespace hapax {
namespace {

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 9> kFlags{{
    {kEventFlagClockAhead, "clock_ahead"},
    {kEventFlagServerMessageId, "server_message_id"},
    {kEventFlagClockBehind, "clock_behind"},
    {kEventFlagClockCorrected, "clock_corrected"},
    {kEventFlagSeconds, "seconds"},
    {kEventFlagTimeUnreadable, "time_unreadable"},
    {kEventFlagNonNumber, "non_number"},
    {kEventFlagSentAtFresh, "sent_at_fresh"},
    {kEventFlagSentAtElsewhere, "sent_at_elsewhere"},
}};

std::string flags_json(std::uint32_t flags) {
  std::string json = "[";
  for (const auto& [flag, name] : kFlags) {
    if ((flags & flag) != 0) {
      json.append(json.size() > 1 ? ",\"" : "\"").append(name).append("\"");
    }
  }
  return json + "]";
}

std::string address_json(const std::optional<EventAddress>& at) {
  if (!at) {
    return "null";
  }
  JsonLine json;
  json.number("partition", at->partition.value());
  json.number("offset", at->offset.value());
  return std::move(json).finish();
}

/// Bytes that are no UTF-8 are replaced, and `original_exact` says so.
std::string rejection_json(const RejectionView& rejection) {
  constexpr std::string_view kReplaced = "\uFFFD";
  JsonLine json;
  json.text_or_null("code", rejection.code);
  json.text_or_null("reason", rejection.reason);
  JsonLine original;
  original.text("", rejection.original);
  const std::string text = std::move(original).finish();
  const bool is_exact = text.find(kReplaced) == text.npos ||
                        rejection.original.find(kReplaced) != rejection.original.npos;
  json.raw("original",
           rejection.original.empty() ? "\"\"" : std::string_view(text).substr(4, text.size() - 5));
  json.raw("original_exact", is_exact ? "true" : "false");
  return std::move(json).finish();
}

/// Which of its device's events it is.
std::string number_json(const EventView& event) {
  const auto numbering = decode_numbering(event.numbering);
  if (!numbering || event.sequence == 0) {
    return "null";
  }
  JsonLine json;
  json.text("device", numbering->device.empty() ? event.anonymous_id : numbering->device);
  json.text("epoch", numbering->epoch);
  json.number("n", event.sequence);
  return std::move(json).finish();
}

void add_times(const EventView& event, JsonLine& json) {
  const auto time_or_null = [&json](std::string_view name, const std::optional<EventTime>& time) {
    time ? json.time(name, *time) : json.null(name);
  };
  time_or_null("original_timestamp", event.original_timestamp);
  json.text("original_timestamp_text", event.original_timestamp_text);
  time_or_null("sent_at", event.sent_at);
  json.time("received_at", as_event_time(event.received_at));
  if (event.rejection) {
    json.null("event_time");
    json.null("time_reason");
  } else {
    json.time("event_time", event.event_time);
    json.text("time_reason", time_reason(event));
  }
}

void add_what(const EventView& event, JsonLine& json) {
  json.text_or_null("source", event.source);
  json.text_or_null("message_id", event.message_id);
  json.text_or_null("type", event.rejection ? "" : type_name(event.type));
  json.text_or_null("name", event.name);
  json.text("category", event.category);
  json.text_or_null("user_id", event.user_id);
  json.text_or_null("anonymous_id", event.anonymous_id);
  json.text_or_null("session_id", event.session_id);
  json.text("group_id", event.group_id);
  json.text("previous_id", event.previous_id);
}

}  // namespace

std::string_view time_reason(const EventView& event) {
  const auto has = [&event](std::uint32_t flag) { return (event.flags & flag) != 0; };
  if (has(kEventFlagTimeUnreadable)) {
    return "unreadable";
  }
  if (has(kEventFlagClockAhead)) {
    return "too_far_ahead";
  }
  if (!event.original_timestamp) {
    return "at_arrival";
  }
  if (has(kEventFlagClockCorrected)) {
    return event.event_time < *event.original_timestamp ? "ahead_corrected" : "behind_corrected";
  }
  return has(kEventFlagClockBehind) ? "behind_left" : "as_sent";
}

std::string event_entry(const EventAddress& at, const EventView& event, EventVerdict verdict,
                        const std::optional<EventAddress>& of) {
  JsonLine json;
  json.number("partition", at.partition.value());
  json.number("offset", at.offset.value());
  json.text("receipt", encode_receipt({{{at.partition, advance(at.offset, 1)}}}));
  json.text("verdict", verdict_name(verdict));
  json.raw("of", address_json(of));
  add_what(event, json);
  add_times(event, json);
  json.raw("flags", flags_json(event.flags));
  json.raw_or_null("properties", event.properties);
  json.raw_or_null("context", event.context);
  json.raw_or_null("traits", event.traits);
  json.raw("rejection", event.rejection ? rejection_json(*event.rejection) : "null");
  event.sequence == 0 ? json.null("sequence") : json.number("sequence", event.sequence);
  json.raw("number", number_json(event));
  return std::move(json).finish();
}

}  // namespace hapax
