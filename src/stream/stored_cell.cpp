// SPDX-License-Identifier: Apache-2.0
#include "stream/stored_cell.hpp"

#include <utility>

namespace hapax {

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
  const bool sound = in.ok() && in.at_end();
  for (const std::uint32_t number : cell.runs.numbers()) {
    HAPAX_TRY(read_run(store, table, cell_key, number, [&](ByteReader& run) {
      cell.state.aggregates.decode_deltas(run);
      return true;
    }));
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

}  // namespace hapax
