#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/measure.hpp"

namespace hapax {

/// What answers need of a cell.
struct CellSummary {
  std::uint64_t revision = 0;
  std::uint64_t count = 0;
  std::uint64_t users = 0;

  void encode(ByteWriter& out) const;
  /// Empty when `encoded` is damaged.
  static std::optional<CellSummary> decode(std::string_view encoded);
};

/// What one cell holds, as two stored values: the summary, and the identities. Both without the
/// revision are a function of the set of its events.
struct CellState {
  Count count;
  ExactUsers users;
  std::uint64_t revision = 0;

  /// `seed`: see ExactUsers.
  static CellState empty(std::uint64_t seed);
  /// Errors: kCorrupt.
  static Result<CellState> decode(std::string_view summary, std::string_view users,
                                  std::uint64_t seed = 0);

  CellSummary summary() const;
};

/// The two parts of a stored cell: apart, so that a scan passes over the summaries alone.
enum class CellPart : char { kSummary = 's', kUsers = 'u' };

/// Where cells are, and `key` as that table knows that part of the cell by.
inline constexpr std::string_view kCellsTable = "cells";
std::string stored_cell_key(CellPart part, std::string_view key);

Error damaged_cell();

/// The cells of one checkpoint, unchanging until MinuteView::commit(), so that another thread can
/// encode and write them.
struct FrozenCells {
  struct FrozenCell {
    std::string key;
    std::shared_ptr<const CellState> state;
  };
  std::vector<FrozenCell> cells;

  /// Adds the table of cells.
  void add_to(StateWrite& write) const;
};

}  // namespace hapax
