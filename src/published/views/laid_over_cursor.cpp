// SPDX-License-Identifier: Apache-2.0
#include "published/views/laid_over_cursor.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "stream/stored_runs.hpp"

namespace hapax {
namespace {

/// Of the cell that the run with this key is of; nothing: it is no key of a run.
std::optional<std::string> summary_key_of_run(std::string_view key) {
  static const std::string least = run_key("", 0);  // What is before the cell, and the number.
  const std::size_t number_bytes = least.size() - 1;
  if (key.size() < least.size() || key.front() != least.front()) {
    return std::nullopt;
  }
  return summary_key(key.substr(1, key.size() - 1 - number_bytes));
}

}  // namespace

LaidOverCursor::LaidOverCursor(std::unique_ptr<StateCursor> stored, const RowsOver& over,
                               std::string to)
    : stored_(std::move(stored)), over_(over), to_(std::move(to)) {}

void LaidOverCursor::seek(std::string_view key) {
  const std::string from(key);  // It may be one of ours.
  ways_.clear();
  for (const RowsOfPart& part : over_) {
    std::uint32_t age = 0;
    for (const auto& run : part.runs) {
      enter({.rows = run.get(), .part = part.part, .age = age++, .at = run->lower_bound(from)});
    }
  }
  stored_->seek(from);
  settle();
}

void LaidOverCursor::next() {
  if (is_stored_) {
    stored_->next();
  }
  settle();
}

/// To the least row that there is. What lies over has been passed when it is shown.
void LaidOverCursor::settle() {
  for (;;) {
    valid_ = !ways_.empty() || stored_->valid();
    is_stored_ = stored_->valid();
    if (!stored_->status() || !valid_) {
      valid_ = false;
      return;
    }
    if (!ways_.empty() && (!is_stored_ || std::tuple(ways_.front().key(), ways_.front().part) <=
                                              std::tuple(stored_->key(), stored_->part()))) {
      if (take_over()) {
        return;
      }
    } else if (!is_of_a_cell_over()) {
      return;
    } else {
      stored_->next();
    }
  }
}

/// Takes the next row of those that lie over, in place of what is stored. False: it is gone.
bool LaidOverCursor::take_over() {
  is_stored_ = false;
  key_ = ways_.front().key();
  part_ = ways_.front().part;
  value_ = ways_.front().rows->value(ways_.front().at);
  while (!ways_.empty() && ways_.front().part == part_ && ways_.front().key() == key_) {
    advance_first();
  }
  if (stored_->valid() && stored_->part() == part_ && stored_->key() == key_) {
    stored_->next();
  }
  return !value_.empty();
}

void LaidOverCursor::advance_first() {
  std::ranges::pop_heap(ways_, is_behind);
  Way way = ways_.back();
  ways_.pop_back();
  ++way.at;
  enter(way);
}

void LaidOverCursor::enter(Way way) {
  if (way.at < way.rows->size() && way.key() < to_) {
    ways_.push_back(way);
    std::ranges::push_heap(ways_, is_behind);
  }
}

bool LaidOverCursor::is_behind(const Way& left, const Way& right) {
  return std::tuple(left.key(), left.part, left.age) >
         std::tuple(right.key(), right.part, right.age);
}

/// Whether what is stored is a run of a cell that lies over.
bool LaidOverCursor::is_of_a_cell_over() const {
  const auto over = std::ranges::find(over_, stored_->part(), &RowsOfPart::part);
  if (over == over_.end()) {
    return false;
  }
  const auto summary = summary_key_of_run(stored_->key());
  return summary && find_over(*over, *summary);
}

std::optional<std::string_view> find_over(const RowsOfPart& over, std::string_view key) {
  for (const auto& run : over.runs) {
    const std::size_t at = run->lower_bound(key);
    if (at < run->size() && run->key(at) == key) {
      return run->value(at);
    }
  }
  return std::nullopt;
}

}  // namespace hapax
