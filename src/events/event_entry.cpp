// SPDX-License-Identifier: Apache-2.0
#include "events/event_entry.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "events/json_line.hpp"
#include "record/event_wire.hpp"
#include "record/receipt.hpp"

namespace hapax {
namespace {

/// Of `original`, and of each object, so many bytes are shown.
constexpr std::size_t kShownBytesMax = 64U << 10U;

/// Whether it is a byte of UTF-8 that no character begins with.
bool is_within_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

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

/// Its beginning, without half a character at the end.
std::string_view shown_of(std::string_view text) {
  std::size_t size = std::min(text.size(), kShownBytesMax);
  for (int i = 0; i < 3 && size < text.size() && is_within_character(text[size]); ++i) {
    --size;
  }
  return text.substr(0, size);
}

/// Bytes that are no UTF-8 are replaced, and `original_exact` says so.
std::string rejection_json(const RejectionView& rejection) {
  constexpr std::string_view kReplaced = "\uFFFD";
  const std::string_view shown = shown_of(rejection.original);
  JsonLine json;
  json.text_or_null("code", rejection.code);
  json.text_or_null("reason", rejection.reason);
  JsonLine original;
  original.text("", shown);
  const std::string text = std::move(original).finish();
  const bool is_exact = text.find(kReplaced) == text.npos || shown.find(kReplaced) != shown.npos;
  json.raw("original", shown.empty() ? "\"\"" : std::string_view(text).substr(4, text.size() - 5));
  json.raw("original_exact", is_exact ? "true" : "false");
  json.number("original_bytes", rejection.original.size());
  json.raw("original_cut", shown.size() < rejection.original.size() ? "true" : "false");
  return std::move(json).finish();
}

/// Which of its device's events it is.
std::string number_json(const EventView& event) {
  const auto numbering = decode_numbering(event.numbering);
  if (!numbering || event.sequence == 0) {
    return "null";
  }
  JsonLine json;
  json.text("device", numbered_device(*numbering, event));
  json.text("epoch", numbering->epoch);
  json.number("n", event.sequence);
  return std::move(json).finish();
}

/// What is too large is text, since half an object is no JSON, and in `cut` with its bytes.
void add_objects(const EventView& event, JsonLine& json) {
  const std::array<std::pair<std::string_view, std::string_view>, 3> objects{
      {{"properties", event.properties}, {"context", event.context}, {"traits", event.traits}}};
  JsonLine cut;
  bool is_cut = false;
  for (const auto& [name, value] : objects) {
    if (value.size() <= kShownBytesMax) {
      json.raw_or_null(name, value);
    } else {
      json.text(name, shown_of(value));
      cut.number(name, value.size());
      is_cut = true;
    }
  }
  json.raw("cut", is_cut ? std::move(cut).finish() : "null");
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

std::string event_entry(LogId log, const EventAddress& at, const EventView& event,
                        EventVerdict verdict, const std::optional<EventAddress>& of) {
  JsonLine json;
  json.number("partition", at.partition.value());
  json.number("offset", at.offset.value());
  json.text("receipt", encode_receipt({log, {{at.partition, advance(at.offset, 1)}}}));
  json.text("verdict", verdict_name(verdict));
  json.raw("of", address_json(of));
  add_what(event, json);
  add_times(event, json);
  json.raw("flags", flags_json(event.flags));
  add_objects(event, json);
  json.raw("rejection", event.rejection ? rejection_json(*event.rejection) : "null");
  event.sequence == 0 ? json.null("sequence") : json.number("sequence", event.sequence);
  json.raw("number", number_json(event));
  return std::move(json).finish();
}

}  // namespace hapax
