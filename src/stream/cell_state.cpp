#include "stream/cell_state.hpp"

#include <algorithm>

namespace hapax {

void CellSummary::encode(ByteWriter& out) const {
  out.put_u64(revision);
  out.put_u64(count);
  out.put_u64(users);
}

std::optional<CellSummary> CellSummary::decode(std::string_view encoded) {
  ByteReader in(encoded);
  CellSummary summary;
  summary.revision = in.u64();
  summary.count = in.u64();
  summary.users = in.u64();
  return in.ok() && in.at_end() ? std::optional(summary) : std::nullopt;
}

CellState CellState::empty(std::uint64_t seed) {
  return {.count = {}, .users = ExactUsers(seed), .revision = 0};
}

CellSummary CellState::summary() const {
  return {.revision = revision, .count = count.value(), .users = users.value()};
}

Result<CellState> CellState::decode(std::string_view summary, std::string_view users,
                                    std::uint64_t seed) {
  const std::optional<CellSummary> numbers = CellSummary::decode(summary);
  CellState state = empty(seed);
  ByteReader count(summary.substr(std::min(summary.size(), sizeof(state.revision))));
  state.count.decode(count);
  ByteReader hashes(users);
  state.users.decode(hashes);
  if (!numbers || !hashes.ok() || !hashes.at_end() || state.users.value() != numbers->users) {
    return damaged_cell();
  }
  state.revision = numbers->revision;
  return state;
}

std::string stored_cell_key(CellPart part, std::string_view key) {
  return std::string(1, static_cast<char>(part)).append(key);
}

Error damaged_cell() {
  return {ErrorKind::kCorrupt, "a stored cell of events_per_minute is damaged",
          "stop, and remove the state folder to rebuild it from the log"};
}

void FrozenCells::add_to(StateWrite& write) const {
  std::vector<const FrozenCell*> order;
  order.reserve(cells.size());
  for (const FrozenCell& cell : cells) {
    order.push_back(&cell);
  }
  std::ranges::sort(order, {}, &FrozenCell::key);
  StateWrite::Table table{.name = std::string(kCellsTable)};
  std::string value;
  for (const CellPart part : {CellPart::kSummary, CellPart::kUsers}) {
    for (const FrozenCell* cell : order) {
      value.clear();
      ByteWriter out(value);
      if (part == CellPart::kSummary) {
        cell->state->summary().encode(out);
      } else {
        cell->state->users.encode(out);
      }
      table.changes.put(stored_cell_key(part, cell->key), value);
    }
  }
  write.tables.push_back(std::move(table));
}

}  // namespace hapax
