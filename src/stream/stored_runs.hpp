// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/frozen_images.hpp"
#include "stream/run_list.hpp"

namespace hapax {

// A stored cell is its summary, and the runs that this lists (docs/formats/state.md). They are
// apart, so that a scan passes over the summaries alone.

/// Keys of a table of cells.
std::string summary_key(std::string_view cell_key);
std::string summary_keys_end();  ///< After every summary.
std::string run_keys_end();      ///< After every run.
std::string run_key(std::string_view cell_key, std::uint32_t number);
/// The summaries and the runs of all cells below `cell_key`, whose order is that of cells.
std::vector<StateWrite::Range> ranges_below(std::string_view cell_key);

Error damaged_cell(std::string_view table);

/// Gives the content of a stored run to `decode(ByteReader&)`, which is true when it was whole.
/// Errors: kCorrupt; those of the store.
template <typename Decode>
Result<void> read_run(TableReader& store, std::string_view table, std::string_view cell_key,
                      std::uint32_t number, Decode&& decode) {
  HAPAX_ASSIGN(const std::optional<std::string> run, store.find(table, run_key(cell_key, number)));
  ByteReader in(run ? *run : std::string_view());
  if (!run || !decode(in) || !in.ok() || !in.at_end()) {
    return damaged_cell(table);
  }
  return {};
}

/// The changed cells of one table, as of one moment, so that another thread can encode and write
/// them. Until then nothing else changes them in the store. `Delta` is under the laws of
/// GrowingMeasure; its decode() says whether what it read was whole.
template <typename Delta>
struct FrozenTable {
  struct FrozenCell {
    std::string key;
    std::string summary;  ///< Empty: the cell goes, and the runs that `run` takes in.
    Delta delta;          ///< What came since the last freeze.
    RunList::Append run;  ///< How to write that, when there is any.
  };
  std::string table;
  std::shared_ptr<FrozenImages<FrozenCell>> cells;
  std::vector<StateWrite::Range> erased = {};  ///< What goes before the cells are written.

  /// Adds the table. Reads the runs of the store that new ones take in. Errors: kCorrupt; those of
  /// the cells and the store.
  Result<void> add_to(StateWrite& write, TableReader& store) const;

 private:
  /// In the order in which they are made; a write wants them by key.
  using Changes = std::vector<std::pair<std::string, std::optional<std::string>>>;

  Result<std::string> make_run(const FrozenCell& cell, TableReader& store) const;
  Result<void> add_changes(const FrozenCell& cell, TableReader& store, Changes& changes) const;
};

/// The run of `cell`: its delta with what is in the runs that it takes in.
template <typename Delta>
Result<std::string> FrozenTable<Delta>::make_run(const FrozenCell& cell, TableReader& store) const {
  Delta delta = cell.delta;
  for (const std::uint32_t number : cell.run.taken_in) {
    HAPAX_TRY(
        read_run(store, table, cell.key, number, [&](ByteReader& in) { return delta.decode(in); }));
  }
  std::string encoded;
  ByteWriter out(encoded);
  delta.encode(out);
  return encoded;
}

template <typename Delta>
Result<void> FrozenTable<Delta>::add_changes(const FrozenCell& cell, TableReader& store,
                                             Changes& changes) const {
  const bool is_gone = cell.summary.empty();
  changes.emplace_back(summary_key(cell.key), is_gone ? std::nullopt : std::optional(cell.summary));
  if (!is_gone && cell.delta.size() > 0) {
    HAPAX_ASSIGN(std::string run, make_run(cell, store));
    changes.emplace_back(run_key(cell.key, cell.run.number), std::move(run));
  }
  for (const std::uint32_t number : cell.run.taken_in) {
    changes.emplace_back(run_key(cell.key, number), std::nullopt);
  }
  return {};
}

template <typename Delta>
Result<void> FrozenTable<Delta>::add_to(StateWrite& write, TableReader& store) const {
  HAPAX_ASSIGN(const std::span<const FrozenCell> images, cells->all());
  Changes changes;
  changes.reserve(2 * images.size());
  for (const FrozenCell& cell : images) {
    HAPAX_TRY(add_changes(cell, store, changes));
  }
  std::ranges::sort(changes);
  StateWrite::Table to{.name = table, .erased = erased};
  for (const auto& [key, value] : changes) {
    value ? to.changes.put(key, *value) : to.changes.erase(key);
  }
  write.tables.push_back(std::move(to));
  return {};
}

}  // namespace hapax
