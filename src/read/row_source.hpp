// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "read/cell_walk.hpp"
#include "read/roll_up.hpp"
#include "read/row_query.hpp"

namespace hapax {

/// The rows that a query wants, in the order of time: cells of the view, or what several of them
/// come to in a coarser window. Threading: one owner. Lifetime: what is passed must outlive it.
class RowSource {
 public:
  /// `key`: window_key() and the group; until the next call. False ends it, before this row.
  using Give = std::function<Result<bool>(std::string_view key, Row row, std::size_t bytes)>;

  /// Errors: those of WindowAssigner::create().
  static Result<std::unique_ptr<RowSource>> create(const RowSnapshot& cells, const RowQuery& query,
                                                   EventTime watermark, const RowBudget& budget);

  /// Gives the rows of a range with the results of all measures, those behind the key `behind`.
  /// Errors: those of CellWalk::walk() and RollUp::add().
  Result<CellWalk::End> give_rows(std::size_t range, const std::string& behind, const Give& give);

  /// After End::kSpent: all rows up to this key were given.
  std::string spent_at();

  /// See RowAnswer.
  std::uint64_t windows_cut() const { return windows_cut_; }

  /// The start of the last window of rows that begins at or before `time`.
  EventTime window_start(EventTime time) { return windows_.windows_of(time).back().start; }

 private:
  RowSource(const RowSnapshot& cells, const RowQuery& query, EventTime watermark,
            const RowBudget& budget, WindowAssigner windows, std::optional<RollUp> roll_up);

  Result<CellWalk::End> give_cells(std::size_t range, const std::string& behind, const Give& give);
  Result<CellWalk::End> give_rolled_up(std::size_t range, const std::string& behind,
                                       const Give& give);
  bool is_wanted(std::size_t range, const Window& window) const;
  Row make_row(std::size_t range, const Window& window, std::vector<OwnedValue> group,
               ViewCellValue value, double share) const;
  Microseconds length_of(const Window& window) const { return query_.shape().length_of(window); }

  const RowQuery& query_;
  const std::shared_ptr<const KeyShares> shares_;
  const EventTime settled_until_;
  const std::optional<Window> first_living_;
  const GroupMatch match_;
  CellWalk walk_;
  WindowAssigner windows_;
  std::optional<RollUp> roll_up_;
  std::uint64_t windows_cut_ = 0;
};

/// What the keys of the windows that start at `time` begin with.
std::string start_key(EventTime time);
/// The same of what follows the cells of the last row that starts before `to`; empty: there is no
/// end. `windows`: those of the rows.
std::string end_key(EventTime to, const RowQuery& query, WindowAssigner& windows);

}  // namespace hapax
