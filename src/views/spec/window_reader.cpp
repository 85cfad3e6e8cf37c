// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "config/quantity.hpp"
#include "views/spec/spec_reader.hpp"
#include "views/spec/spec_text.hpp"

namespace hapax {
namespace {

constexpr Microseconds kDay = std::chrono::hours(24);
constexpr Microseconds kWeek = 7 * kDay;

// From Sunday.
constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};

/// How many of `unit` a text says: "2w".
std::optional<std::int64_t> count_of(std::string_view text, std::string_view unit) {
  std::int32_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool fits = read.ec == std::errc() && count >= 0 &&
                    text.substr(static_cast<std::size_t>(read.ptr - text.data())) == unit;
  return fits ? std::optional<std::int64_t>(count) : std::nullopt;
}

/// Sets kind and length by what "tumbling" or "by" says: days, weeks and months are of a calendar.
Result<void> read_length(const SpecNode& node, const SpecPlace& place, WindowSpec& window) {
  HAPAX_ASSIGN(const std::string text, read_text(node, "1d", place));
  if (const auto months = count_of(text, "mo")) {
    window.kind = WindowKind::kMonth;
    return *months == 1
               ? Result<void>()
               : place.error("windows of several months are not supported", "write \"1mo\"");
  }
  HAPAX_ASSIGN(const Microseconds length, read_period(node, place));
  if (length == kDay || length == kWeek) {
    window.kind = length == kDay ? WindowKind::kDay : WindowKind::kWeek;
    return {};
  }
  if (length < std::chrono::seconds(1)) {
    return place.error("windows are of a second at least");
  }
  window = tumbling(length);
  return {};
}

Result<void> read_hopping(const SpecTable& table, const SpecPlace& place, WindowSpec& window) {
  const SpecNode* advance = find_member(table, "advance");
  if (advance == nullptr) {
    return place.error("\"hopping\" needs \"advance\"",
                       "write it as { hopping = \"1h\", advance = \"5m\" }");
  }
  const SpecNode& length = *find_member(table, "hopping");
  HAPAX_ASSIGN(const Microseconds long_by, read_period(length, place.member("hopping")));
  HAPAX_ASSIGN(const Microseconds every, read_period(*advance, place.member("advance")));
  if (every == long_by) {
    return read_length(length, place.member("hopping"), window);
  }
  window = hopping(long_by, every);
  return {};
}

Result<void> read_session(const SpecTable& table, const SpecPlace& place, WindowSpec& window) {
  const SpecNode* by = find_member(table, "by");
  window.kind = WindowKind::kDay;
  if (by != nullptr && by->as<std::string>() != nullptr && *by->as<std::string>() == "none") {
    window.kind = WindowKind::kNone;
  } else if (by != nullptr) {
    HAPAX_TRY(read_length(*by, place.member("by"), window));
  }
  HAPAX_ASSIGN(window.session_gap,
               read_period(*find_member(table, "session"), place.member("session")));
  return {};
}

Result<void> read_zone(const SpecTable& table, const SpecPlace& place, WindowSpec& window) {
  const SpecNode* zone = find_member(table, "zone");
  if (zone == nullptr) {
    return {};
  }
  if (window.kind == WindowKind::kNone || window.kind == WindowKind::kFixed) {
    const bool is_short = window.kind == WindowKind::kFixed && window.length < kDay;
    return place.member("zone").error(
        is_short ? "windows shorter than a day are aligned to UTC"
                 : "only windows of a day, a week or a month follow a zone's calendar",
        is_short ? "leave it out, or make the window \"1d\", \"1w\" or \"1mo\" to follow a zone"
                 : "leave it out, or make the window \"1d\", \"1w\" or \"1mo\"");
  }
  HAPAX_ASSIGN(window.zone, read_text(*zone, "Europe/Berlin", place.member("zone")));
  WindowSpec of_zone;
  of_zone.kind = WindowKind::kDay;
  of_zone.zone = window.zone;
  if (auto known = check_window(of_zone); !known) {
    return place.member("zone").error(known.error());
  }
  return {};
}

Result<void> read_week_start(const SpecTable& table, const SpecPlace& place, WindowSpec& window) {
  const SpecNode* node = find_member(table, "week_starts");
  if (node == nullptr) {
    return {};
  }
  const SpecPlace inner = place.member("week_starts");
  HAPAX_ASSIGN(const std::string day, read_text(*node, "monday", inner));
  const auto* found = std::find(kWeekdays.begin(), kWeekdays.end(), day);
  if (found == kWeekdays.end()) {
    return unknown_word(day, kWeekdays, "day", inner);
  }
  if (window.kind != WindowKind::kWeek) {
    return inner.error("only windows of a week begin on a day of the week",
                       "leave it out, or make the window \"1w\"");
  }
  window.week_starts = std::chrono::weekday(static_cast<unsigned>(found - kWeekdays.begin()));
  return {};
}

Result<void> read_kind(const SpecTable& table, const SpecPlace& place, WindowSpec& window) {
  if (find_member(table, "tumbling") != nullptr) {
    return read_length(*find_member(table, "tumbling"), place.member("tumbling"), window);
  }
  return find_member(table, "hopping") != nullptr ? read_hopping(table, place, window)
                                                  : read_session(table, place, window);
}

/// One of "tumbling", "hopping" and "session", and of the others only what belongs to it.
Result<void> check_parts(const SpecTable& table, const SpecPlace& place) {
  constexpr std::string_view kKeys[] = {"tumbling", "hopping", "advance",    "session",
                                        "by",       "zone",    "week_starts"};
  HAPAX_TRY(check_keys(table, kKeys, place));
  const auto has = [&](std::string_view key) { return find_member(table, key) != nullptr; };
  const int kinds = (has("tumbling") ? 1 : 0) + (has("hopping") ? 1 : 0) + (has("session") ? 1 : 0);
  if (kinds != 1) {
    return place.error("a window is one of \"tumbling\", \"hopping\" and \"session\"",
                       kinds == 0 ? "write it as { tumbling = \"1h\" }"
                                  : "sessions are put into days or hours with \"by\"");
  }
  if (has("advance") && !has("hopping")) {
    return place.member("advance").error("only hopping windows have an advance",
                                         "write it as { hopping = \"1h\", advance = \"5m\" }");
  }
  if (has("by") && !has("session")) {
    return place.member("by").error("only sessions are put into windows by their start",
                                    "write it as { session = \"30m\", by = \"1d\" }");
  }
  return {};
}

std::string member_json(std::string_view key, const std::string& value) {
  return fmt::format("\"{}\":{}", key, quoted_json(value));
}

std::string length_text(const WindowSpec& window) {
  switch (window.kind) {
    case WindowKind::kNone:
      return "none";
    case WindowKind::kFixed:
      return period_text(window.length);
    case WindowKind::kDay:
      return "1d";
    case WindowKind::kWeek:
      return "1w";
    case WindowKind::kMonth:
      return "1mo";
  }
  return "";
}

}  // namespace

Result<Microseconds> read_period(const SpecNode& node, const SpecPlace& place) {
  HAPAX_ASSIGN(const std::string text, read_text(node, "30m", place));
  Microseconds period(0);
  if (const auto weeks = count_of(text, "w"); weeks && *weeks <= Microseconds::max() / kWeek) {
    period = kWeek * *weeks;
  } else {
    const auto parsed = parse_duration(text);
    constexpr auto kMax = std::chrono::floor<std::chrono::milliseconds>(Microseconds::max());
    if (!parsed || *parsed > kMax) {
      return place.error(fmt::format("\"{}\" is not a length of time", text),
                         "write a whole number and one of w, d, h, m, s, ms");
    }
    period = *parsed;
  }
  return period > Microseconds(0) ? Result<Microseconds>(period)
                                  : place.error("this must be more than nothing");
}

std::string period_text(Microseconds period) {
  return format_duration(std::chrono::floor<std::chrono::milliseconds>(period));
}

Result<WindowSpec> read_window(const SpecNode* node, const SpecPlace& place) {
  WindowSpec window;
  if (node == nullptr) {
    return window;
  }
  const auto* text = node->as<std::string>();
  if (text != nullptr && *text == "none") {
    return window;
  }
  const auto* table = node->as<SpecTable>();
  if (table == nullptr) {
    return place.error("this must be a table, or \"none\"", "write it as { tumbling = \"1h\" }");
  }
  HAPAX_TRY(check_parts(*table, place));
  HAPAX_TRY(read_kind(*table, place, window));
  HAPAX_TRY(read_zone(*table, place, window));
  HAPAX_TRY(read_week_start(*table, place, window));
  if (auto checked = check_window(window); !checked) {
    return place.error(checked.error());
  }
  return window;
}

std::string window_json(const WindowSpec& window) {
  if (window.kind == WindowKind::kNone && !window.session_gap) {
    return "\"none\"";
  }
  std::string json;
  if (window.session_gap) {
    json = member_json("session", period_text(*window.session_gap)) + "," +
           member_json("by", length_text(window));
  } else if (window.kind == WindowKind::kFixed && window.advance != window.length) {
    json = member_json("hopping", length_text(window)) + "," +
           member_json("advance", period_text(window.advance));
  } else {
    json = member_json("tumbling", length_text(window));
  }
  if (window.kind != WindowKind::kNone && window.kind != WindowKind::kFixed) {
    json += ',';
    json += member_json("zone", window.zone);
  }
  if (window.kind == WindowKind::kWeek) {
    json += ',';
    json += member_json("week_starts", std::string(kWeekdays.at(window.week_starts.c_encoding())));
  }
  return fmt::format("{{{}}}", json);
}

}  // namespace hapax
