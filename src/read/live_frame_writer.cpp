// SPDX-License-Identifier: Apache-2.0
#include "read/live_frame_writer.hpp"

#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "core/timestamp.hpp"
#include "json/json_text.hpp"
#include "read/row_values.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {

void LiveFrameWriter::on_row(std::string_view group, const ViewCellValue& value, LiveMarks marks) {
  const auto& complete_from = query_.view->complete_from;
  Row row{.window = window_,
          .group = decode_group(group).value_or(std::vector<OwnedValue>()),
          .revision = value.revision,
          .is_final = marks.is_final,
          .is_current = marks.is_current,
          .is_partial = complete_from && window_.start < *complete_from,
          .share = marks.share};
  row.is_other = query_.is_other(row.group);
  for (const std::size_t measure : query_.measures) {
    row.results.push_back(value.results[measure]);
  }
  writer_.write(row, rows_);
}

void LiveFrameWriter::on_left(std::string_view group) {
  writer_.begin(window_, left_);
  writer_.write_group(decode_group(group).value_or(std::vector<OwnedValue>()), left_);
  left_ += '}';
}

void LiveFrameWriter::on_other(const LiveOther& other) {
  writer_.begin(window_, other_);
  fmt::format_to(std::back_inserter(other_), R"("groups":{},"values":{{)", other.groups);
  for (std::size_t i = 0; i < query_.measures.size(); ++i) {
    if (adds_up(query_.shape().spec.measures[query_.measures[i]].kind)) {
      other_ += other_.back() == '{' ? "" : ",";
      append_json_string(measure_name(query_, i), other_);
      other_ += ':';
      append_json_answer({.answer = other.totals[i]}, other_);
    }
  }
  other_ += "}}";
}

HttpStream::Piece LiveFrameWriter::finish(const Rest& rest) const {
  std::string text = fmt::format("id: {}\ndata: ", rest.id);
  append_head(query_, rest.watermark, rest.complete_until, text);
  fmt::format_to(std::back_inserter(text), R"(,"rows":{}],"other":{}],"left":{}])", rows_, other_,
                 left_);
  append_time("from",
              rest.from == EventTime::min() ? std::nullopt : std::optional(to_iso8601(rest.from)),
              text);
  fmt::format_to(std::back_inserter(text), R"(,"whole":{},"interval_ms":{}}})", rest.whole,
                 rest.interval.count());
  return std::make_shared<const std::string>(text.append("\n\n"));
}

}  // namespace hapax
