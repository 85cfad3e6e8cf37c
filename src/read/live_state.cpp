// SPDX-License-Identifier: Apache-2.0
#include "read/live_state.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/time_math.hpp"
#include "core/timestamp.hpp"
#include "json/json_text.hpp"
#include "read/view_json.hpp"
#include "views/make_cell.hpp"

namespace hapax {
namespace {

std::string quoted_time(EventTime time) {
  return '"' + to_iso8601(time) + '"';
}

/// Renders one frame.
class FrameWriter {
 public:
  FrameWriter(EventTime watermark, const LiveFrame& frame)
      : watermark_(watermark),
        frame_(frame),
        cells_(watermark, cell_start(watermark), fmt::format("id: {}\ndata: ", frame.number)) {}

  void add(EventTime start, std::string_view group, const CellSummary& summary) {
    if (const auto cell = make_cell({.start = start, .group = group}, summary, watermark_)) {
      cells_.add(*cell);
    }
  }
  void add_left(EventTime start, std::string_view group) {
    if (const auto name = decode_cell_group(start, group)) {
      begin(left_, start).append(R"(,"group":{"source":)");
      append_json_string(name->source, left_);
      left_.append(R"(,"event":)");
      append_json_string(name->event, left_);
      left_.append("}}");
    }
  }
  void add_other(EventTime start, const LiveOther& other) {
    begin(other_, start);
    other_ += fmt::format(R"(,"groups":{},"values":{{"count":{}}}}})", other.groups, other.count);
  }
  /// `whole`: it is all that is shown, in place of what was.
  HttpStream::Piece finish(EventTime from, bool whole) && {
    const std::string rest =
        fmt::format(R"(,"other":[{}],"left":[{}],"from":{},"whole":{},"interval_ms":{})", other_,
                    left_, quoted_time(from), whole, frame_.interval.count());
    return std::make_shared<const std::string>(std::move(cells_).finish(rest).append("\n\n"));
  }

 private:
  static std::string& begin(std::string& list, EventTime start) {
    list += list.empty() ? "" : ",";
    return list.append(R"({"start":)").append(quoted_time(start));
  }

  const EventTime watermark_;
  const LiveFrame frame_;
  ViewWriter cells_;
  std::string other_;
  std::string left_;
};

}  // namespace

LiveState::LiveState(LiveQuery query)
    : query_(std::move(query)), filter_(query_.source, query_.event) {}

void LiveState::begin_at(EventTime from) {
  from_ = std::max(from_, cell_start(from));
  windows_.erase(windows_.begin(), windows_.lower_bound(from_));
}

Result<bool> LiveState::load(const ViewMoment& moment, std::size_t cells_max) {
  std::size_t count = 0;
  std::string last;
  const auto visit = [&](const CellKeyParts& cell, const CellSummary& summary) {
    take(cell, summary, summary.count);
    last = cell_start_key(cell.start).append(cell.group);
    return ++count < cells_max;
  };
  const auto from = split_cell_key(loaded_);
  HAPAX_TRY(moment.view.scan(from.value_or(CellKeyParts{.start = from_, .group = {}}),
                             EventTime::max(), visit));
  loaded_ = std::move(last) + '\0';
  news_ = true;
  watermark_ = moment.watermark;
  return count < cells_max;
}

void LiveState::take(const CellRun& changed) {
  for (std::size_t i = changed.lower_bound({.start = from_, .group = {}}); i < changed.size();
       ++i) {
    take(changed.key(i), changed[i].summary, changed[i].added);
  }
}

void LiveState::take(const CellKeyParts& cell, const CellSummary& summary, std::uint64_t added) {
  if (cell.start < from_ || !filter_.matches(cell.group)) {
    return;
  }
  LiveWindow& window = windows_[cell.start];
  window.take(query_, cell.group, summary, added);
  news_ = news_ || window.has_news();
}

/// Cells become final.
void LiveState::pass(EventTime watermark) {
  const EventTime before = cell_start(std::exchange(watermark_, watermark));
  const EventTime complete = cell_start(watermark);
  if (complete <= before) {
    return;
  }
  for (auto window = windows_.lower_bound(saturating_add(before, -kCellWidth));
       window != windows_.end() && cell_end(window->first) <= complete; ++window) {
    window->second.tell_all();
  }
  news_ = true;
}

HttpStream::Piece LiveState::take_news(const LiveFrame& frame) {
  FrameWriter writer(watermark_, frame);
  for (auto& [start, window] : windows_) {
    const EventTime at = start;
    const auto add = [&](std::string_view group, const CellSummary& summary) {
      writer.add(at, group, summary);
    };
    const auto leave = [&](std::string_view group) { writer.add_left(at, group); };
    if (window.has_news() && window.take_news(add, leave)) {
      writer.add_other(at, window.other());
    }
  }
  news_ = false;
  return std::move(writer).finish(from_, false);
}

HttpStream::Piece LiveState::whole(const LiveFrame& frame) {
  FrameWriter writer(watermark_, frame);
  for (auto& [start, window] : windows_) {
    const EventTime at = start;
    window.visit_all([&](std::string_view group, const CellSummary& summary) {
      writer.add(at, group, summary);
    });
    if (window.other() != LiveOther{}) {
      writer.add_other(at, window.other());
    }
  }
  return std::move(writer).finish(from_, true);
}

}  // namespace hapax
