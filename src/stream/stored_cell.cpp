// SPDX-License-Identifier: Apache-2.0
#include "stream/stored_cell.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

constexpr char kSummaryPart = 's';
constexpr char kRunPart = 'u';

/// In the order in which they are made; a write wants them by key.
using Changes = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// The run of `cell`: its delta with what is in the runs that it takes in.
Result<std::string> make_run(const FrozenCells::FrozenCell& cell, std::string_view table,
                             StateStore& store) {
  CellAggregates::Deltas delta = cell.delta;
  for (const std::uint32_t number : cell.run.taken_in) {
    HAPAX_ASSIGN(const std::optional<std::string> run,
                 store.find(table, run_key(cell.key, number)));
    ByteReader in(run ? *run : std::string_view());
    delta.decode(in);
    if (!run || !in.ok() || !in.at_end()) {
      return damaged_cell();
    }
  }
  std::string encoded;
  ByteWriter out(encoded);
  delta.encode(out);
  return encoded;
}

Result<void> add_changes(const FrozenCells::FrozenCell& cell, std::string_view table,
                         StateStore& store, Changes& changes) {
  changes.emplace_back(summary_key(cell.key), cell.summary);
  if (cell.delta.size() == 0) {
    return {};
  }
  HAPAX_ASSIGN(std::string run, make_run(cell, table, store));
  changes.emplace_back(run_key(cell.key, cell.run.number), std::move(run));
  for (const std::uint32_t number : cell.run.taken_in) {
    changes.emplace_back(run_key(cell.key, number), std::nullopt);
  }
  return {};
}

}  // namespace

std::string summary_key(std::string_view cell_key) {
  return std::string(1, kSummaryPart).append(cell_key);
}

std::string summary_keys_end() {
  return std::string(1, kSummaryPart + 1);
}

std::string run_key(std::string_view cell_key, std::uint32_t number) {
  std::string key = std::string(1, kRunPart).append(cell_key);
  for (int shift = 24; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(number >> shift));
  }
  return key;
}

std::string encode_summary(const CellState& state, const RunList& runs) {
  std::string encoded;
  ByteWriter out(encoded);
  out.put_u64(state.revision);
  state.aggregates.encode_summary(out);
  runs.encode(out);
  return encoded;
}

std::optional<CellSummary> decode_summary(std::string_view encoded) {
  ByteReader in(encoded);
  const std::uint64_t revision = in.u64();
  const CellSummary summary(revision, CellAggregates::init(0).decode_summary(in));
  return RunList::fits(in) ? std::optional(summary) : std::nullopt;
}

Result<std::optional<StoredCell>> load_cell(TableReader& store, std::string_view table,
                                            std::string_view cell_key, std::uint64_t seed) {
  HAPAX_ASSIGN(const std::optional<std::string> summary, store.find(table, summary_key(cell_key)));
  if (!summary) {
    return std::optional<StoredCell>();
  }
  StoredCell cell{.state = CellState::init(seed), .runs = {}};
  ByteReader in(*summary);
  cell.state.revision = in.u64();
  const auto values = cell.state.aggregates.decode_summary(in);
  cell.runs.decode(in);
  bool sound = in.ok() && in.at_end();
  for (const std::uint32_t number : cell.runs.numbers()) {
    HAPAX_ASSIGN(const std::optional<std::string> run,
                 store.find(table, run_key(cell_key, number)));
    ByteReader delta(run ? *run : std::string_view());
    cell.state.aggregates.decode_deltas(delta);
    sound = sound && run && delta.ok() && delta.at_end();
  }
  if (!sound || cell.state.aggregates.finalize() != values) {
    return damaged_cell();
  }
  return std::optional(std::move(cell));
}

Error damaged_cell() {
  return {ErrorKind::kCorrupt, "a stored cell of events_per_minute is damaged",
          "stop, and remove the state folder to rebuild it from the log"};
}

Result<void> FrozenCells::add_to(StateWrite& write, StateStore& store) const {
  Changes changes;
  changes.reserve(2 * cells.size());
  for (const FrozenCell& cell : cells) {
    HAPAX_TRY(add_changes(cell, table, store, changes));
  }
  std::ranges::sort(changes);
  StateWrite::Table to{.name = table};
  for (const auto& [key, value] : changes) {
    value ? to.changes.put(key, *value) : to.changes.erase(key);
  }
  write.tables.push_back(std::move(to));
  return {};
}

}  // namespace hapax
