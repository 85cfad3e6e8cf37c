// SPDX-License-Identifier: Apache-2.0
#include "read/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "core/time_math.hpp"
#include "core/timestamp.hpp"
#include "json/json_text.hpp"
#include "read/row_values.hpp"
#include "read/watermark_text.hpp"

namespace hapax {
namespace {

std::optional<std::string> text_of(const std::optional<EventTime>& time) {
  return time ? watermark_text(*time) : std::nullopt;
}

}  // namespace

void append_time(std::string_view name, const std::optional<std::string>& time, std::string& to) {
  to.append(",\"").append(name).append("\":");
  to += time ? '"' + *time + '"' : "null";
}

void append_head(const RowQuery& query, EventTime watermark,
                 const std::optional<EventTime>& complete_until, std::string& to) {
  to += R"({"view":)";
  append_json_string(query.shape().spec.name, to);
  append_time("watermark", watermark_text(watermark), to);
  append_time("complete_until", text_of(complete_until), to);
  append_time("complete_from", text_of(query.view->complete_from), to);
}

RowWriter::RowWriter(const RowQuery& query) : query_(query) {
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

void RowWriter::write(const Row& row, std::string& to) {
  if (query_.ranges.size() > 1) {
    to += to.back() == '[' ? "{" : ",{";
    fmt::format_to(std::back_inserter(to), R"("range":{},)", row.range);
    to += query_.has_windows() ? window_text(row.window) : "";
  } else {
    begin(row.window, to);
  }
  write_group(row.group, to);
  write_values(row, to);
  fmt::format_to(std::back_inserter(to), R"(,"state":"{}","revision":{})",
                 row.is_final ? "final" : "open", row.revision);
  to += row.is_current ? R"(,"current":true)" : "";
  to += row.is_partial ? R"(,"partial":true)" : "";
  to += row.is_other ? R"(,"other":true)" : "";
  if (row.share < 1) {
    append_json_double(row.share, to += R"(,"sampled":)");
  }
  if (!row.heavy.empty()) {
    write_heavy(row.heavy, to);
  }
  to += '}';
}

void RowWriter::begin(const Window& window, std::string& to) {
  to += to.back() == '[' ? "{" : ",{";
  to += query_.has_windows() ? window_text(window) : "";
}

const std::string& RowWriter::window_text(const Window& window) {
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
std::string RowWriter::local(EventTime time) const {
  constexpr std::int64_t kMinute = 60;
  const std::int64_t seconds = to_micros(floor_to(time, std::chrono::seconds(1))) / 1'000'000;
  const std::int64_t offset = zone_->span_at(seconds).offset;
  std::string text = to_iso8601(saturating_add(time, std::chrono::seconds(offset)));
  text.pop_back();
  const std::int64_t minutes = std::abs(offset) / kMinute;
  text +=
      fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / kMinute, minutes % kMinute);
  return std::abs(offset) % kMinute == 0 ? text
                                         : text + fmt::format(":{:02}", std::abs(offset) % kMinute);
}

void RowWriter::write_group(const std::vector<OwnedValue>& group, std::string& to) const {
  to += R"("group":{)";
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    to.append(i == 0 ? "" : ",").append(fields_[i]) += ':';
    append_json_value(i < group.size() ? group[i] : OwnedValue(), to);
  }
  to += '}';
}

/// Fields that are not known are left out, as one that is absent is a value.
void RowWriter::write_heavy(const std::vector<HeavyGroup>& heavy, std::string& to) const {
  to += R"(,"heavy":[)";
  for (const HeavyGroup& one : heavy) {
    to += to.back() == '[' ? R"({"group":{)" : R"(,{"group":{)";
    for (std::size_t i = 0; i < std::min(fields_.size(), one.group.size()); ++i) {
      to.append(i == 0 ? "" : ",").append(fields_[i]) += ':';
      append_json_value(one.group[i], to);
    }
    fmt::format_to(std::back_inserter(to), R"(}},"count":{},"error":{})", one.count, one.error);
    to += one.is_cut ? R"(,"cut":true})" : "}";
  }
  to += ']';
}

void RowWriter::write_values(const Row& row, std::string& to) const {
  to += R"(,"values":{)";
  bool noted = false;
  for (std::size_t i = 0; i < row.results.size(); ++i) {
    to += i == 0 ? "" : ",";
    append_json_string(measure_name(query_, i), to);
    to += ':';
    append_json_answer(row.results[i], to);
    noted = noted || has_notes(row.results[i]);
  }
  to += '}';
  if (noted) {
    to += R"(,"notes":)";
    append_json_notes(row, query_, to);
  }
}

}  // namespace hapax
