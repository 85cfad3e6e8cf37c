// SPDX-License-Identifier: Apache-2.0
#include "read/live_state.hpp"

#include <algorithm>
#include <utility>

#include "read/cell_walk.hpp"
#include "read/live_frame_writer.hpp"
#include "read/row_source.hpp"
#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {

Result<std::unique_ptr<LiveState>> LiveState::create(const LiveQuery& query) {
  HAPAX_ASSIGN(WindowAssigner windows, WindowAssigner::create(query.rows.row_window()));
  return std::unique_ptr<LiveState>(new LiveState(query, std::move(windows)));
}

LiveState::LiveState(const LiveQuery& query, WindowAssigner windows)
    : query_(query), match_(query.rows.where), assigner_(std::move(windows)) {}

void LiveState::begin_at(EventTime now) {
  now_ = now;
  const Window newest = assigner_.windows_of(now).back();
  if (!query_.rows.has_windows() || std::exchange(newest_, newest) == newest) {
    return;
  }
  EventTime from = newest.start;
  for (std::size_t i = 1; i < query_.windows && from > EventTime::min(); ++i) {
    from = assigner_.windows_of(from - Microseconds(1)).back().start;
  }
  show_from(from);
}

void LiveState::drop_before(const std::optional<Window>& first_living) {
  if (first_living && first_living->start > next_.from) {
    show_from(first_living->start);
    news_ = true;
  }
}

void LiveState::show_from(EventTime from) {
  next_.from = std::max(next_.from, from);
  windows_.erase(windows_.begin(),
                 windows_.lower_bound({.start = next_.from, .end = EventTime::min()}));
}

Result<bool> LiveState::load(const RowSnapshot& cells, std::size_t cells_max) {
  const RowBudget untimed;
  CellWalk walk(
      cells, match_, untimed,
      {.cells_max = cells_max,
       .combined = query_.rows.says_growing() ? CombinedCells::kWhole : CombinedCells::kSummaries});
  const std::string from = loaded_.empty() ? start_key(next_.from) : loaded_;
  HAPAX_ASSIGN(const CellWalk::End end,
               walk.walk(from, {}, [this](const WalkedCell& cell) -> Result<bool> {
                 if (cell.matches) {
                   HAPAX_TRY(put(cell.window, cell.group_bytes, cell.value));
                 }
                 return true;
               }));
  loaded_ = walk.last_key() + '\0';
  news_ = news_ || !loads_again_;
  if (end == CellWalk::End::kWhole && std::exchange(loads_again_, false)) {
    for (auto& [window, groups] : windows_) {
      groups.end_again();
      news_ = news_ || groups.has_news(marks_of(window));
    }
  }
  return end == CellWalk::End::kWhole;
}

void LiveState::load_again() {
  loaded_.clear();
  loads_again_ = true;
  for (auto& [window, groups] : windows_) {
    groups.begin_again();
  }
}

Result<void> LiveState::take(const CellRows& changed) {
  for (std::size_t i = changed.lower_bound(start_key(next_.from)); i < changed.size(); ++i) {
    const auto key = split_view_cell_key(changed.key(i));
    if (!key) {
      return damaged_cell(query_.rows.view->id);
    }
    if (is_wanted(key->group)) {
      HAPAX_TRY(put(key->window, key->group, changed.value(i)));
    }
  }
  return {};
}

bool LiveState::is_wanted(std::string_view group) const {
  if (query_.rows.where.empty()) {
    return true;
  }
  const auto values = match_.is_near(group) ? decode_group(group) : std::nullopt;
  return values && match_.matches(*values);
}

Result<void> LiveState::put(const Window& window, std::string_view group, std::string_view value) {
  if (window.start < next_.from) {
    return {};
  }
  if (holds_nothing(value)) {
    value = {};
  }
  auto found = windows_.find(window);
  if (found == windows_.end()) {
    if (value.empty()) {
      return {};
    }
    found = windows_.try_emplace(window, query_, query_.rows.shape().length_of(window)).first;
    found->second.sample(share_of(window));
  }
  if (!found->second.put(group, value)) {
    return damaged_cell(query_.rows.view->id);
  }
  news_ = news_ || found->second.has_news(marks_of(window));
  return {};
}

/// Windows become final.
void LiveState::pass(EventTime watermark, const RowSnapshot& cells) {
  next_.watermark = watermark;
  settled_until_ = cells.settled_until(watermark);
  sample(cells.shares());
  if (query_.rows.has_windows()) {
    const EventTime complete = assigner_.windows_of(settled_until_).back().start;
    news_ = news_ || next_.complete_until != complete;
    next_.complete_until = complete;
  }
}

void LiveState::sample(const std::shared_ptr<const KeyShares>& shares) {
  if (std::exchange(shares_, shares) == shares) {
    return;
  }
  for (auto& [window, groups] : windows_) {
    groups.sample(share_of(window));
    news_ = news_ || groups.has_news(marks_of(window));
  }
}

LiveMarks LiveState::marks_of(const Window& window) const {
  return {.is_final = query_.rows.has_windows() && is_closed(window.end, settled_until_),
          .is_current = query_.rows.has_windows() && window.start <= now_ && now_ < window.end,
          .share = share_of(window)};
}

HttpStream::Piece LiveState::finish(const LiveFrameWriter& rows, const LiveFrame& frame,
                                    bool whole) const {
  return rows.finish({.id = frame.id,
                      .watermark = told_.watermark,
                      .complete_until = told_.complete_until,
                      .from = told_.from,
                      .whole = whole,
                      .interval = frame.interval});
}

HttpStream::Piece LiveState::take_news(const LiveFrame& frame) {
  LiveFrameWriter writer(query_.rows);
  for (auto& [window, groups] : windows_) {
    if (const LiveMarks marks = marks_of(window); groups.has_news(marks)) {
      writer.begin(window);
      groups.take_news(marks, writer);
    }
  }
  std::erase_if(windows_, [](const auto& window) { return window.second.is_over(); });
  told_ = next_;
  news_ = false;
  return finish(writer, frame, false);
}

HttpStream::Piece LiveState::whole(const LiveFrame& frame) const {
  LiveFrameWriter writer(query_.rows);
  for (const auto& [window, groups] : windows_) {
    writer.begin(window);
    groups.tell_again(writer);
  }
  return finish(writer, frame, true);
}

std::size_t LiveState::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [window, groups] : windows_) {
    bytes += groups.bytes();
  }
  return bytes;
}

}  // namespace hapax
