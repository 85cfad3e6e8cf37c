// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/state_store.hpp"
#include "stream/window/window_assigner.hpp"
#include "views/runtime/cell_rows.hpp"
#include "views/runtime/cells_of_parts.hpp"
#include "views/runtime/key_shares.hpp"
#include "views/runtime/run_stack.hpp"
#include "views/runtime/view_cell.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

class RowSnapshot;

/// Goes over the cells of a snapshot by key, each once, as they were then, but for those in which
/// nothing is any more (encode_value()). Threading: one owner.
class RowCursor {
 public:
  /// The cells of lower keys than `to`; of all keys when it is empty. seek() first. `combined`: of
  /// a snapshot of several owners. Lifetime: what is passed must outlive it.
  RowCursor(const RowSnapshot& rows, SnapshotReader& stored, std::string_view to,
            CombinedCells combined);

  /// Moves to the first cell at or after `key`: window_key() and the group, or a part of that.
  void seek(std::string_view key);
  void next();
  /// False behind the last cell, and after an error.
  bool valid() const { return valid_; }
  /// Of the cell, until it moves; the value is for decode_value() of view_cell.hpp.
  std::string_view key() const { return key_; }
  std::string_view value() const;
  /// Takes all of the cell into `to`, with what growing measures keep, whatever is in there. Of a
  /// snapshot that was told whole cells, or of several owners. Cost: by what they keep. Errors:
  /// kCorrupt; those of the store; `to` is of no use then.
  Result<void> combine_into(ViewCell& to) const;
  /// Errors: those of the store; of a snapshot of several owners also kCorrupt, then value() is
  /// empty.
  Result<void> status() const { return stored_->status(); }

 private:
  struct Place {
    const CellRows* run;
    std::size_t at = 0;
    bool is_least = false;
  };

  bool is_gone() const;
  void pass_gone();
  void step();
  void settle();

  const RowSnapshot& rows_;
  SnapshotReader& reader_;
  const std::string to_;
  std::vector<Place> runs_;  // Newest first.
  std::unique_ptr<StateCursor> stored_;
  const CellsOfParts* of_parts_ = nullptr;  // stored_, of a snapshot of several owners.
  bool stored_is_least_ = false;
  std::string_view key_;
  bool valid_ = false;
};

/// Cells by key, with what growing measures keep.
using WholeCells = std::map<std::string, ViewCell, std::less<>>;

/// The cells of a declared view at one moment: what a snapshot of the store holds, and in place of
/// that what the runs hold, of which the later one counts. A cell that is in no run is stored as it
/// is. Threading: as a value; what it points to does not change.
class RowSnapshot {
 public:
  RowSnapshot(std::shared_ptr<const ViewShape> shape, std::string table,
              std::shared_ptr<const StateSnapshot> stored)
      : shape_(std::move(shape)), table_(std::move(table)), stored_(std::move(stored)) {}

  /// Of a snapshot in which the tables of several owners are read as one (ViewStoreReader): a cell
  /// is what those of all owners come to together, whole or not. Nothing may be added to it.
  static RowSnapshot of_parts(std::shared_ptr<const ViewShape> shape, std::string table,
                              std::shared_ptr<const StateSnapshot> stored) {
    RowSnapshot rows(std::move(shape), std::move(table), std::move(stored));
    rows.is_of_parts_ = true;
    return rows;
  }
  bool is_of_parts() const { return is_of_parts_; }

  /// From now on with `changed`, which is sorted.
  void add(std::shared_ptr<const CellRows> changed) { runs_.add(std::move(changed)); }
  /// What add() was told, with all that is in it: its cells are of shape()'s measures.
  void tell_whole(WholeCells cells) {
    whole_ = std::make_shared<const WholeCells>(std::move(cells));
  }
  /// From now on without the cells of lower keys than `living_from`.
  void drop_before(std::string living_from) { living_from_ = std::move(living_from); }

  /// From now on windows that end behind it are not final, whatever the watermark has passed.
  void settle(std::optional<EventTime> until) { settled_until_ = until; }

  /// From now on with these shares of the keys; null: all are counted.
  void sample(std::shared_ptr<const KeyShares> shares) { shares_ = std::move(shares); }
  const std::shared_ptr<const KeyShares>& shares() const { return shares_; }
  double share_of(const Window& window) const { return shares_ ? shares_->of(window) : 1; }

  /// Windows that end at or before it are final.
  EventTime settled_until(EventTime watermark) const {
    return settled_until_ ? std::min(*settled_until_, watermark) : watermark;
  }
  /// Calls `read` with a cursor over the cells of lower keys than `to`, of all keys when it is
  /// empty. `combined`: what of_parts() combines in value(). Errors: those of `read` and of
  /// StateSnapshot::read().
  using Read = std::function<Result<void>(RowCursor& cells)>;
  Result<void> read(std::string_view to, CombinedCells combined, const Read& read) const;
  Result<void> read(std::string_view to, const Read& read) const {
    return this->read(to, CombinedCells::kWhole, read);
  }

  const ViewShape& shape() const { return *shape_; }
  const std::string& table() const { return table_; }
  /// Windows before it were dropped; nothing: none was.
  std::optional<Window> first_living() const;
  /// False: the store is read no more, and this with it.
  bool is_open() const { return stored_->is_open(); }
  std::size_t run_count() const { return runs_.runs().size(); }

 private:
  friend class RowCursor;

  std::shared_ptr<const ViewShape> shape_;
  std::string table_;
  std::shared_ptr<const StateSnapshot> stored_;
  bool is_of_parts_ = false;
  std::string living_from_;
  std::optional<EventTime> settled_until_;
  std::shared_ptr<const KeyShares> shares_;
  RunStack<CellRows> runs_;
  std::shared_ptr<const WholeCells> whole_;  // Null: none was told.
};

}  // namespace hapax
