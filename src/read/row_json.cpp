// SPDX-License-Identifier: Apache-2.0
#include "read/row_json.hpp"

#include <fmt/format.h>

#include <iterator>

#include "core/timestamp.hpp"
#include "read/row_cursor.hpp"
#include "read/row_writer.hpp"

namespace hapax {
namespace {

// What a row's JSON has besides its group and its results.
constexpr std::size_t kRowBytes = 200;
constexpr std::size_t kResultBytes = 48;

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

/// What whoever gets no rows may want to know.
void append_newest(const std::optional<NewestEvent>& newest, std::string& to) {
  if (!newest) {
    to += R"(,"newest":null,"hint":"There is no event of this source, or none at all.")";
    return;
  }
  to += R"(,"newest":{"event_time":")" + to_iso8601(newest->event_time) + R"(","received_at":")" +
        to_iso8601(as_event_time(newest->received_at)) + R"("},"hint":"No row matches. )" +
        R"(newest is of the source asked for, else of all; without from, only the last hours )" +
        R"(are asked for.")";
}

}  // namespace

std::size_t row_bytes(const RowAnswer& answer) {
  std::size_t bytes = 2 * kRowBytes;
  for (const Row& row : answer.rows) {
    bytes += kRowBytes + kResultBytes * row.results.size();
    for (const OwnedValue& value : row.group) {
      bytes += kResultBytes + heap_bytes(value);
    }
    bytes += kRowBytes * row.heavy.size();
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
  std::string text;
  text.reserve(row_bytes(answer));
  append_head(query, answer.watermark, answer.complete_until, text);
  if (query.has_windows()) {
    append_ranges(query, text);
  }
  if (answer.matched) {
    fmt::format_to(std::back_inserter(text), R"(,"matched":{})", *answer.matched);
  }
  if (answer.windows_cut > 0) {
    fmt::format_to(std::back_inserter(text), R"(,"windows_cut":{})", answer.windows_cut);
  }
  std::uint64_t corrections = 0;
  for (const Row& row : answer.rows) {
    corrections += row.revision;
  }
  fmt::format_to(std::back_inserter(text), R"(,"corrections":{},"rows":[)", corrections);
  RowWriter writer(query);
  for (const Row& row : answer.rows) {
    writer.write(row, text);
  }
  text += ']';
  if (answer.next) {
    text += R"(,"next":")" + encode_cursor(query, *answer.next) + '"';
  } else if (answer.rows.empty() && !query.behind) {
    append_newest(answer.newest, text);
  }
  text += '}';
  return text;
}

}  // namespace hapax
