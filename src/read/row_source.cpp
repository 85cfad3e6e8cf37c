// SPDX-License-Identifier: Apache-2.0
#include "read/row_source.hpp"

#include <utility>

#include "core/time_math.hpp"
#include "read/scale_up.hpp"
#include "stream/stored_runs.hpp"
#include "stream/watermark.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

constexpr std::size_t kStartKeyBytes = 8;

/// A roll-up asks for whole cells itself.
CellWalk::Limits limits_of(const RowSnapshot& cells, const RowQuery& query,
                           const RowBudget& budget) {
  const bool combines = cells.is_of_parts() && query.says_growing() && !query.rolls_up();
  return {
      .cells_max = query.order || query.rolls_up() ? budget.whole_cells_max : budget.page_cells_max,
      .steps_untimed = combines || query.needs_whole_cells() ? 1 : CellWalk::kStepsUntimed,
      .combined = combines ? CombinedCells::kWhole : CombinedCells::kSummaries};
}

}  // namespace

std::string start_key(EventTime time) {
  return window_key({.start = time, .end = time}).substr(0, kStartKeyBytes);
}

std::string end_key(EventTime to, const RowQuery& query, WindowAssigner& windows) {
  if (!query.window && to != EventTime::max()) {
    return start_key(to);
  }
  return to == EventTime::max()
             ? std::string()
             : start_key(windows.windows_of(saturating_add(to, Microseconds(-1))).front().end);
}

Result<std::unique_ptr<RowSource>> RowSource::create(const RowSnapshot& cells,
                                                     const RowQuery& query, EventTime watermark,
                                                     const RowBudget& budget) {
  HAPAX_ASSIGN(WindowAssigner windows, WindowAssigner::create(query.row_window()));
  std::optional<RollUp> roll_up;
  if (query.rolls_up()) {
    std::optional<WindowAssigner> coarse;
    if (query.window) {
      HAPAX_ASSIGN(coarse, WindowAssigner::create(*query.window));
    }
    const RollUpLimits limits{.groups_max = budget.groups_max,
                              .bytes_max = budget.roll_up_bytes_max};
    roll_up.emplace(cells, std::move(coarse), query.group_by, limits, query.needs_whole_cells());
  }
  return std::unique_ptr<RowSource>(
      new RowSource(cells, query, watermark, budget, std::move(windows), std::move(roll_up)));
}

RowSource::RowSource(const RowSnapshot& cells, const RowQuery& query, EventTime watermark,
                     const RowBudget& budget, WindowAssigner windows, std::optional<RollUp> roll_up)
    : query_(query),
      shares_(cells.shares()),
      settled_until_(cells.settled_until(watermark)),
      first_living_(cells.first_living()),
      match_(query.where),
      walk_(cells, match_, budget, limits_of(cells, query, budget)),
      windows_(std::move(windows)),
      roll_up_(std::move(roll_up)) {}

Result<CellWalk::End> RowSource::give_rows(std::size_t range, const std::string& behind,
                                           const Give& give) {
  if (query_.ranges[range].to <= query_.ranges[range].from) {
    return CellWalk::End::kWhole;
  }
  return roll_up_ ? give_rolled_up(range, behind, give) : give_cells(range, behind, give);
}

Result<CellWalk::End> RowSource::give_cells(std::size_t range, const std::string& behind,
                                            const Give& give) {
  const auto [from, to] = query_.ranges[range];
  const std::string begin = behind.empty() ? start_key(from) : behind;
  const std::string end = to == EventTime::max() ? std::string() : start_key(to);
  return walk_.walk(begin, end, [&](const WalkedCell& cell) -> Result<bool> {
    if (cell.key <= behind || !is_wanted(range, cell.window)) {
      return true;
    }
    windows_cut_ += cell.is_other ? 1 : 0;
    if (!cell.matches) {
      return true;
    }
    auto value = decode_value(cell.value, query_.shape().measures, length_of(cell.window));
    if (!value) {
      return damaged_cell(query_.view->id);
    }
    if (value->size == 0) {
      return true;
    }
    const double share = shares_ ? shares_->of(cell.window) : 1;
    scale_up(share, query_.shape(), *value);
    return give(cell.key,
                make_row(range, cell.window, std::move(cell.group), std::move(*value), share),
                cell.key.size() + cell.value.size());
  });
}

/// Of the whole windows that start in the range, wherever the last one ends.
Result<CellWalk::End> RowSource::give_rolled_up(std::size_t range, const std::string& behind,
                                                const Give& give) {
  const auto [from, to] = query_.ranges[range];
  const std::string begin = behind.empty() ? start_key(from) : behind.substr(0, kStartKeyBytes);
  const std::string end = end_key(to, query_, windows_);
  const RollUp::Give give_row = [&](const Window& window, std::string_view group,
                                    ViewCellValue value, double share) -> Result<bool> {
    const std::string key = window_key(window).append(group);
    if (key <= behind || !is_wanted(range, window)) {
      return true;
    }
    auto values = decode_group(group);
    return give(key,
                make_row(range, window, values ? std::move(*values) : std::vector<OwnedValue>(),
                         std::move(value), share),
                key.size());
  };
  HAPAX_ASSIGN(CellWalk::End walked, walk_.walk(begin, end, [&](const WalkedCell& cell) {
    windows_cut_ += cell.is_other && is_wanted(range, roll_up_->window_of(cell.window)) ? 1 : 0;
    return cell.matches ? roll_up_->add(cell, give_row) : Result<bool>(true);
  }));
  if (walked == CellWalk::End::kWhole) {
    HAPAX_ASSIGN(const bool more, roll_up_->finish(give_row));
    walked = more ? walked : CellWalk::End::kStopped;
  }
  return walked;
}

/// Of a window that is rolled up no row was given: it begins anew.
std::string RowSource::spent_at() {
  if (!roll_up_) {
    return walk_.last_key();
  }
  const auto last = split_view_cell_key(walk_.last_key());
  const std::optional<Window> window =
      roll_up_->window() || !last ? roll_up_->window() : roll_up_->window_of(last->window);
  return window ? start_key(window->start) : std::string();
}

bool RowSource::is_wanted(std::size_t range, const Window& window) const {
  return window.start >= query_.ranges[range].from &&
         (!query_.final_only || is_closed(window.end, settled_until_));
}

namespace {

/// Their groups begin with what all of them have.
std::vector<HeavyGroup> heavy_groups(const std::vector<OwnedValue>& begin,
                                     const std::vector<HeavyFound>& found) {
  std::vector<HeavyGroup> heavy;
  for (const HeavyFound& one : found) {
    HeavyGroup& group = heavy.emplace_back(
        HeavyGroup{.group = begin, .is_cut = one.is_cut, .count = one.count, .error = one.error});
    for (OwnedValue& value : decode_group_beginning(one.bytes)) {
      group.group.push_back(std::move(value));
    }
  }
  return heavy;
}

}  // namespace

Row RowSource::make_row(std::size_t range, const Window& window, std::vector<OwnedValue> group,
                        ViewCellValue value, double share) const {
  const bool is_other = query_.is_other(group);
  auto heavy = heavy_groups(group, value.heavy);
  return {
      .range = range,
      .window = window,
      .group = std::move(group),
      .results = std::move(value.results),
      .revision = value.revision,
      .is_final = query_.has_windows() && is_closed(window.end, settled_until_),
      .is_current = query_.has_windows() && window.start <= query_.now && query_.now < window.end,
      .is_partial = (first_living_ && window.start < first_living_->start) ||
                    (query_.view->complete_from && window.start < *query_.view->complete_from),
      .is_other = is_other,
      .share = share,
      .heavy = std::move(heavy)};
}

}  // namespace hapax
