// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/row_snapshot.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {

RowCursor::RowCursor(const RowSnapshot& rows, SnapshotReader& stored, std::string_view to,
                     CombinedCells combined)
    : rows_(rows), reader_(stored), to_(to) {
  std::string end = to.empty() ? summary_keys_end() : summary_key(to);
  if (rows.is_of_parts_) {
    auto of_parts =
        std::make_unique<CellsOfParts>(stored, rows.table_, std::move(end), *rows.shape_, combined);
    of_parts_ = of_parts.get();
    stored_ = std::move(of_parts);
  } else {
    stored_ = stored.cursor(rows.table_, std::move(end));
  }
  const auto& runs = rows.runs_.runs();
  runs_.reserve(runs.size());
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    runs_.push_back({.run = run->get()});
  }
}

void RowCursor::seek(std::string_view key) {
  const std::string_view from = std::max(key, std::string_view(rows_.living_from_));
  for (Place& place : runs_) {
    place.at = place.run->lower_bound(from);
  }
  stored_->seek(summary_key(from));
  settle();
  pass_gone();
}

void RowCursor::next() {
  step();
  pass_gone();
}

/// Of cells that are combined an empty value is an error.
bool RowCursor::is_gone() const {
  return of_parts_ == nullptr && value().empty();
}

/// Nothing is in them any more.
void RowCursor::pass_gone() {
  while (valid_ && is_gone()) {
    step();
  }
}

void RowCursor::step() {
  for (Place& place : runs_) {
    place.at += place.is_least ? 1 : 0;
  }
  if (stored_is_least_) {
    stored_->next();
  }
  settle();
}

/// Finds the least key, and who is there.
void RowCursor::settle() {
  const bool is_stored = stored_->valid();
  const std::string_view stored_key = is_stored ? stored_->key().substr(1) : std::string_view();
  valid_ = is_stored;
  key_ = stored_key;
  for (const Place& place : runs_) {
    if (place.at < place.run->size() && (!valid_ || place.run->key(place.at) < key_)) {
      valid_ = true;
      key_ = place.run->key(place.at);
    }
  }
  for (Place& place : runs_) {
    place.is_least = valid_ && place.at < place.run->size() && place.run->key(place.at) == key_;
  }
  stored_is_least_ = is_stored && stored_key == key_;
  valid_ = valid_ && (to_.empty() || key_ < to_) && stored_->status();
}

std::string_view RowCursor::value() const {
  const auto newest = std::ranges::find_if(runs_, &Place::is_least);
  return newest != runs_.end() ? newest->run->value(newest->at) : stored_->value();
}

Result<void> RowCursor::combine_into(ViewCell& to) const {
  if (of_parts_ != nullptr) {
    return of_parts_->combine_into(to);
  }
  if (std::ranges::any_of(runs_, &Place::is_least)) {
    to.combine(rows_.whole_->find(key_)->second);
    return {};
  }
  const std::optional<RunList> runs = combine_summary(stored_->value(), to);
  if (!runs) {
    return damaged_cell(rows_.table_);
  }
  for (const std::uint32_t number : runs->numbers()) {
    HAPAX_TRY(read_run(reader_, rows_.table_, key_, number,
                       [&](ByteReader& run) { return to.decode_delta(run); }));
  }
  return {};
}

Result<void> RowSnapshot::read(std::string_view to, CombinedCells combined,
                               const Read& read) const {
  return stored_->read([&](SnapshotReader& stored) -> Result<void> {
    RowCursor cells(*this, stored, to, combined);
    HAPAX_TRY(read(cells));
    return cells.status();
  });
}

std::optional<Window> RowSnapshot::first_living() const {
  const auto key = split_view_cell_key(living_from_);
  return key ? std::optional(key->window) : std::nullopt;
}

}  // namespace hapax
