// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/state_store.hpp"
#include "views/runtime/cell_rows.hpp"

namespace hapax {

/// Rows of a table of cells that lie over those of one partition: runs, the newest first. A row
/// without a value is gone; one of a summary stands for its whole cell, also for what is stored of
/// the cell's runs (HotUpdate::change).
struct RowsOfPart {
  std::uint32_t part;
  std::vector<std::shared_ptr<const CellRows>> runs;
};
using RowsOver = std::vector<RowsOfPart>;

/// Goes over the rows of a table in all partitions as they are with `over` laid over them.
/// Threading: one owner. Lifetime: `over` must outlive it.
class LaidOverCursor : public StateCursor {
 public:
  /// The keys below `to`, as those of `stored`.
  LaidOverCursor(std::unique_ptr<StateCursor> stored, const RowsOver& over, std::string to);

  void seek(std::string_view key) override;
  void next() override;
  bool valid() const override { return valid_; }
  std::string_view key() const override { return is_stored_ ? stored_->key() : key_; }
  std::string_view value() const override { return is_stored_ ? stored_->value() : value_; }
  std::uint32_t part() const override { return is_stored_ ? stored_->part() : part_; }
  Result<void> status() const override { return stored_->status(); }

 private:
  /// Of one run, where it stands.
  struct Way {
    const CellRows* rows;
    std::uint32_t part;
    std::uint32_t age;  ///< 0: the newest of its partition.
    std::size_t at = 0;

    std::string_view key() const { return rows->key(at); }
  };
  static bool is_behind(const Way& left, const Way& right);

  void settle();
  bool take_over();
  void advance_first();
  void enter(Way way);
  bool is_of_a_cell_over() const;

  const std::unique_ptr<StateCursor> stored_;
  const RowsOver& over_;
  const std::string to_;
  std::vector<Way> ways_;  // A heap: the least first.
  bool valid_ = false;
  bool is_stored_ = false;
  std::string_view key_;
  std::string_view value_;
  std::uint32_t part_ = 0;
};

/// The value in the newest run that has `key`; empty: it is gone. Nothing: none has it.
std::optional<std::string_view> find_over(const RowsOfPart& over, std::string_view key);

}  // namespace hapax
