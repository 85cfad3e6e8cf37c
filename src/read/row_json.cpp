// SPDX-License-Identifier: Apache-2.0
#include "read/row_json.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <iterator>
#include <optional>

#include "core/time_math.hpp"
#include "core/timestamp.hpp"
#include "json/json_text.hpp"
#include "read/row_cursor.hpp"
#include "read/row_values.hpp"
#include "read/watermark_text.hpp"
#include "zones/time_zone.hpp"

namespace hapax {
namespace {

// What a row's JSON has besides its group and its results.
constexpr std::size_t kRowBytes = 200;
constexpr std::size_t kResultBytes = 48;

/// A member with a time, null where there is none.
void append_time(std::string_view name, const std::optional<std::string>& time, std::string& to) {
  to.append(",\"").append(name).append("\":");
  to += time ? '"' + *time + '"' : "null";
}

std::optional<std::string> text_of(const std::optional<EventTime>& time) {
  return time ? watermark_text(*time) : std::nullopt;
}

/// Writes rows one after the other. The times of a window and the names of the group, which many
/// rows share, are written once.
class RowWriter {
 public:
  RowWriter(const RowQuery& query, std::string& to) : query_(query), to_(to) {
    const WindowSpec& window = query.row_window();
    if (window.kind != WindowKind::kNone && window.zone != "UTC") {
      if (auto zone = TimeZone::find(window.zone)) {
        zone_.emplace(std::move(*zone));
      }
    }
    for (const Field& field : query.group_fields()) {
      std::string& name = fields_.emplace_back();
      append_json_string(field_text(field), name);
    }
  }

  void write(const Row& row) {
    to_ += to_.back() == '[' ? "{" : ",{";
    if (query_.ranges.size() > 1) {
      fmt::format_to(std::back_inserter(to_), R"("range":{},)", row.range);
    }
    if (query_.has_windows()) {
      to_ += window_text(row.window);
    }
    write_group(row);
    write_values(row);
    fmt::format_to(std::back_inserter(to_), R"(,"state":"{}","revision":{})",
                   row.is_final ? "final" : "open", row.revision);
    to_ += row.is_current ? R"(,"current":true)" : "";
    to_ += row.is_partial ? R"(,"partial":true)" : "";
    to_ += '}';
  }

 private:
  const std::string& window_text(const Window& window) {
    if (window_ != window) {
      window_ = window;
      text_ = R"("start":")" + to_iso8601(window.start) + R"(","end":")" + to_iso8601(window.end) +
              R"(",)";
      if (zone_) {
        text_ += R"("local_start":")" + local(window.start) + R"(","local_end":")" +
                 local(window.end) + R"(",)";
      }
    }
    return text_;
  }

  /// As the clocks of the zone show it: "2026-11-25T00:00:00.000+01:00".
  std::string local(EventTime time) const {
    constexpr std::int64_t kMinute = 60;
    const std::int64_t seconds = to_micros(floor_to(time, std::chrono::seconds(1))) / 1'000'000;
    const std::int64_t offset = zone_->span_at(seconds).offset;
    std::string text = to_iso8601(saturating_add(time, std::chrono::seconds(offset)));
    text.pop_back();
    const std::int64_t minutes = std::abs(offset) / kMinute;
    text +=
        fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / kMinute, minutes % kMinute);
    return std::abs(offset) % kMinute == 0
               ? text
               : text + fmt::format(":{:02}", std::abs(offset) % kMinute);
  }

  void write_group(const Row& row) {
    to_ += R"("group":{)";
    for (std::size_t i = 0; i < fields_.size() && i < row.group.size(); ++i) {
      to_.append(i == 0 ? "" : ",").append(fields_[i]) += ':';
      append_json_value(row.group[i], to_);
    }
    to_ += '}';
  }

  void write_values(const Row& row) {
    to_ += R"(,"values":{)";
    bool noted = false;
    for (std::size_t i = 0; i < row.results.size(); ++i) {
      to_ += i == 0 ? "" : ",";
      append_json_string(measure_name(query_, i), to_);
      to_ += ':';
      append_json_answer(row.results[i], to_);
      noted = noted || has_notes(row.results[i]);
    }
    to_ += '}';
    if (noted) {
      to_ += R"(,"notes":)";
      append_json_notes(row, query_, to_);
    }
  }

  const RowQuery& query_;
  std::string& to_;
  std::optional<TimeZone> zone_;
  std::vector<std::string> fields_;  // As JSON strings.
  std::optional<Window> window_;
  std::string text_;  // Of window_.
};

void append_ranges(const RowQuery& query, std::string& to) {
  to += R"(,"ranges":[)";
  for (const TimeRange& range : query.ranges) {
    to += to.back() == '[' ? "{" : ",{";
    to += R"("from":)";
    to += range.from == EventTime::min() ? "null" : '"' + to_iso8601(range.from) + '"';
    to += R"(,"to":)";
    to += range.to == EventTime::max() ? "null" : '"' + to_iso8601(range.to) + '"';
    to += '}';
  }
  to += ']';
}

}  // namespace

std::size_t row_bytes(const RowAnswer& answer) {
  std::size_t bytes = 2 * kRowBytes;
  for (const Row& row : answer.rows) {
    bytes += kRowBytes + kResultBytes * row.results.size();
    for (const OwnedValue& value : row.group) {
      bytes += kResultBytes + heap_bytes(value);
    }
    for (const MeasureResult& result : row.results) {
      if (const auto* top = std::get_if<std::vector<TopValue>>(&result.answer)) {
        for (const TopValue& value : *top) {
          bytes += kResultBytes + heap_bytes(value.value);
        }
      } else if (const auto* text = std::get_if<std::string>(&result.answer)) {
        bytes += text->size();
      }
    }
  }
  return bytes;
}

std::string to_json(const RowAnswer& answer, const RowQuery& query) {
  std::string text = R"({"view":)";
  text.reserve(row_bytes(answer));
  append_json_string(query.shape().spec.name, text);
  append_time("watermark", watermark_text(answer.watermark), text);
  append_time("complete_until", text_of(answer.complete_until), text);
  append_time("complete_from", text_of(query.view->complete_from), text);
  if (query.has_windows()) {
    append_ranges(query, text);
  }
  if (answer.matched) {
    fmt::format_to(std::back_inserter(text), R"(,"matched":{})", *answer.matched);
  }
  std::uint64_t corrections = 0;
  for (const Row& row : answer.rows) {
    corrections += row.revision;
  }
  fmt::format_to(std::back_inserter(text), R"(,"corrections":{},"rows":[)", corrections);
  RowWriter writer(query, text);
  for (const Row& row : answer.rows) {
    writer.write(row);
  }
  text += ']';
  if (answer.next) {
    text += R"(,"next":")" + encode_cursor(query, *answer.next) + '"';
  }
  text += '}';
  return text;
}

}  // namespace hapax
