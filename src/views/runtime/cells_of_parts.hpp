// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "views/runtime/view_cell.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

/// What of cells that several owners have is combined.
enum class CombinedCells : std::uint8_t {
  kSummaries,  ///< Measures that grow mean nothing, but for those of the cells of all others.
  kWhole,      ///< All measures. Cost: the runs of each cell that several owners have are read.
};

/// Goes over the summaries of a view's cells where the tables of several owners are read as one:
/// each key once, with what is in the cells of all owners together. The value is for decode_value()
/// and combine_value(); that of a key which one owner alone has is as it is stored, and costs as
/// much as it. Threading: one owner.
class CellsOfParts : public StateCursor {
 public:
  /// The keys below `to`. Lifetime: what is passed must outlive it.
  CellsOfParts(SnapshotReader& stored, const std::string& table, std::string to,
               const ViewShape& shape, CombinedCells combined);

  void seek(std::string_view key) override;
  void next() override { gather(); }
  bool valid() const override { return !cells_.empty() && !error_; }
  std::string_view key() const override { return key_; }
  /// Empty after an error, which status() says.
  std::string_view value() const override;
  /// Takes all of the cell into `to`, whatever CombinedCells says. Errors: kCorrupt; those of the
  /// store; `to` is of no use then.
  Result<void> combine_into(ViewCell& to) const;
  Result<void> status() const override;

 private:
  struct Cell {
    std::uint32_t part;
    std::string summary;
  };
  struct Run {
    std::uint32_t part;
    std::uint32_t number;
    friend auto operator<=>(const Run&, const Run&) = default;
  };

  void gather();
  bool is_of_others() const;
  Result<void> combine(ViewCell& to, CombinedCells combined) const;
  Result<void> read_runs(std::vector<Run> wanted, ViewCell& to) const;
  void move_to_runs(std::string_view key) const;

  SnapshotReader& reader_;
  const std::string& table_;
  const ViewShape& shape_;
  const CombinedCells combined_;
  std::unique_ptr<StateCursor> at_;  // Behind the last of cells_.
  std::string key_;
  std::vector<Cell> cells_;  // Of key_, by part.
  // Made when they are asked for.
  mutable std::string value_;
  mutable bool has_value_ = false;
  mutable std::unique_ptr<StateCursor> runs_;
  mutable bool runs_moved_ = false;  // They stand anywhere.
  mutable std::optional<Error> error_;
};

}  // namespace hapax
