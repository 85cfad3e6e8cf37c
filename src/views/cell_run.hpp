// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stream/cell_key.hpp"
#include "stream/cell_state.hpp"

namespace hapax {

/// Cells with what they were at one moment, in one piece of memory. Each once; by key once they are
/// sorted.
/// Threading: one owner until it is sorted, then it may be shared.
class CellRun {
 public:
  struct Entry {
    EventTime start;
    std::size_t group_at;
    std::size_t group_size;
    CellSummary summary;
    std::uint64_t added;  ///< Of its count: since readers were told of it last.
  };

  void reserve(std::size_t count) { entries_.reserve(count); }
  void add(const CellKeyParts& key, const CellSummary& summary, std::uint64_t added) {
    entries_.push_back({.start = key.start,
                        .group_at = groups_.size(),
                        .group_size = key.group.size(),
                        .summary = summary,
                        .added = added});
    groups_.append(key.group);
  }
  void sort();
  /// Of two sorted ones: the cells of both, as `newer` has them where it does. What was added to a
  /// cell of both is lost.
  static CellRun merge(const CellRun& older, const CellRun& newer);

  std::size_t size() const { return entries_.size(); }
  const Entry& operator[](std::size_t i) const { return entries_[i]; }
  CellKeyParts key(std::size_t i) const {
    const Entry& entry = entries_[i];
    return {.start = entry.start,
            .group = std::string_view(groups_).substr(entry.group_at, entry.group_size)};
  }
  /// Of a sorted one: the first cell at or after `key`.
  std::size_t lower_bound(const CellKeyParts& key) const;

 private:
  std::vector<Entry> entries_;
  std::string groups_;
};

}  // namespace hapax
