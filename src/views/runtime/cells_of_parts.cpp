// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/cells_of_parts.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "bytes/bytes.hpp"
#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

/// Runs of cells that nobody asks for lie in between: so many are passed over before a look for the
/// next, which costs about as much.
constexpr int kPassedMax = 32;
constexpr std::size_t kNumberBytes = 4;

std::uint32_t number_of(std::string_view run_key) {
  std::uint32_t number = 0;
  for (const char byte : run_key.substr(run_key.size() - kNumberBytes)) {
    number = number << 8U | static_cast<unsigned char>(byte);
  }
  return number;
}

}  // namespace

CellsOfParts::CellsOfParts(SnapshotReader& stored, const std::string& table, std::string to,
                           const ViewShape& shape, CombinedCells combined)
    : reader_(stored),
      table_(table),
      shape_(shape),
      combined_(combined),
      at_(stored.cursor(table, std::move(to))) {}

void CellsOfParts::seek(std::string_view key) {
  at_->seek(key);
  gather();
}

/// The cells of the next key that has any.
void CellsOfParts::gather() {
  cells_.clear();
  value_.clear();
  has_value_ = false;
  while (at_->valid() && (cells_.empty() || at_->key() == key_)) {
    if (cells_.empty()) {
      key_ = at_->key();
    }
    if (!at_->value().empty()) {
      cells_.push_back({.part = at_->part(), .summary = std::string(at_->value())});
    }
    at_->next();
  }
}

Result<void> CellsOfParts::status() const {
  return error_ ? Result<void>(*error_) : at_->status();
}

std::string_view CellsOfParts::value() const {
  if (cells_.size() == 1) {
    return cells_.front().summary;
  }
  if (!std::exchange(has_value_, true)) {
    ViewCell cell(shape_.measures);
    if (const auto combined = combine(cell, is_of_others() ? CombinedCells::kWhole : combined_);
        combined) {
      value_ = encode_value(cell);
    } else {
      error_ = combined.error();
    }
  }
  return value_;
}

bool CellsOfParts::is_of_others() const {
  const auto cell = split_view_cell_key(std::string_view(key_).substr(1));
  const auto group = cell ? decode_group(cell->group) : std::nullopt;
  return group && group->size() < shape_.group_fields.size();
}

Result<void> CellsOfParts::combine_into(ViewCell& to) const {
  return combine(to, CombinedCells::kWhole);
}

Result<void> CellsOfParts::combine(ViewCell& to, CombinedCells combined) const {
  std::vector<Run> runs;
  for (const Cell& cell : cells_) {
    const std::optional<RunList> listed = combine_summary(cell.summary, to);
    if (!listed) {
      return damaged_cell(table_);
    }
    for (const std::uint32_t number : listed->numbers()) {
      runs.push_back({.part = cell.part, .number = number});
    }
  }
  return combined == CombinedCells::kWhole && !runs.empty() ? read_runs(std::move(runs), to)
                                                            : Result<void>();
}

/// The runs of a cell are side by side, of all owners.
Result<void> CellsOfParts::read_runs(std::vector<Run> wanted, ViewCell& to) const {
  std::ranges::sort(wanted);
  const std::string first = run_key(std::string_view(key_).substr(1), 0);
  const std::string_view cell = std::string_view(first).substr(0, first.size() - kNumberBytes);
  std::size_t found = 0;
  for (move_to_runs(first); runs_->valid(); runs_->next()) {
    const std::string_view key = runs_->key();
    if (!key.starts_with(cell) || key.size() != first.size()) {
      break;
    }
    ByteReader in(runs_->value());
    const bool is_wanted =
        std::ranges::binary_search(wanted, Run{.part = runs_->part(), .number = number_of(key)});
    if (!is_wanted || !to.decode_delta(in) || !in.ok() || !in.at_end()) {
      return damaged_cell(table_);
    }
    ++found;
  }
  HAPAX_TRY(runs_->status());
  return found == wanted.size() ? Result<void>() : damaged_cell(table_);
}

/// Most of the time they are asked for in their order.
void CellsOfParts::move_to_runs(std::string_view key) const {
  if (!runs_) {
    runs_ = reader_.cursor(table_, run_keys_end());
  }
  const bool is_before = std::exchange(runs_moved_, true) && runs_->valid() && runs_->key() <= key;
  int passed = 0;
  while (is_before && runs_->valid() && runs_->key() < key && ++passed <= kPassedMax) {
    runs_->next();
  }
  if (!is_before || (runs_->valid() && runs_->key() < key)) {
    runs_->seek(key);
  }
}

}  // namespace hapax
