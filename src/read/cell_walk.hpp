// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "read/group_match.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/row_snapshot.hpp"

namespace hapax {

/// What reading rows may cost beyond their number.
struct RowBudget {
  std::size_t page_cells_max = 100'000;         ///< Looked at for one page; then it ends.
  std::size_t whole_cells_max = 1'000'000;      ///< For what needs all of them: roll-ups, ranks.
  std::size_t groups_max = 200'000;             ///< Of a window that is rolled up,
  std::size_t roll_up_bytes_max = 128U << 20U;  ///< and what they may keep.
  std::size_t bytes_max = 8U << 20U;            ///< Of a page, as stored.
  /// Asked now and then; once it is true, reading ends.
  std::function<bool()> is_over = [] { return false; };
};

/// A cell that a query may want, or in which there may be such. Until the walk goes on.
struct WalkedCell {
  std::string_view key;
  Window window;
  std::string_view group_bytes;
  std::vector<OwnedValue>& group;  ///< May be moved away.
  std::string_view value;
  bool is_other;        ///< Of all groups that have no cell.
  bool matches;         ///< Else what is wanted may be among others.
  const RowCursor& at;  ///< Stands there.
};

/// Walks over the cells of a snapshot whose groups match or may be among others, past the rest.
/// Threading: one owner. Lifetime: what is passed must outlive it.
class CellWalk {
 public:
  enum class End {
    kWhole,    ///< All was visited.
    kStopped,  ///< The visitor had enough.
    kSpent,    ///< The budget is spent.
  };
  using Visit = std::function<Result<bool>(const WalkedCell& cell)>;

  /// So many steps between two looks at the clock, where a visit costs little.
  static constexpr std::size_t kStepsUntimed = 256;

  /// What all calls of walk() may take.
  struct Limits {
    std::size_t cells_max = 0;
    std::size_t steps_untimed = kStepsUntimed;
    CombinedCells combined = CombinedCells::kSummaries;
  };

  CellWalk(const RowSnapshot& cells, const GroupMatch& match, const RowBudget& budget,
           const Limits& limits)
      : cells_(cells), match_(match), budget_(budget), limits_(limits) {}

  /// Visits those with from <= key < to until `visit` returns false, one step at least. Errors:
  /// kCorrupt; those of the store and of `visit`.
  Result<End> walk(std::string_view from, std::string_view to, const Visit& visit);

  /// Of the last walk: all up to it was visited, or is not wanted. Empty: nothing was looked at. It
  /// says nothing of groups that are not near: whoever asks may not be allowed to know of them.
  std::string last_key() const;

 private:
  Result<bool> look_at(RowCursor& at, const Visit& visit);
  void pass(RowCursor& at);
  bool is_spent();

  const RowSnapshot& cells_;
  const GroupMatch& match_;
  const RowBudget& budget_;
  const Limits limits_;
  std::size_t steps_ = 0;
  std::size_t passed_ = 0;     // Cells that are not near, one after the other.
  std::string last_key_;       // Of the last cell,
  bool is_last_near_ = false;  // which was visited, or passed.
  std::vector<OwnedValue> group_;
};

}  // namespace hapax
