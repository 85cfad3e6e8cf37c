// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hash/id_hasher.hpp"
#include "views/runtime/last_places.hpp"

namespace hapax {

/// How many groups of a window, or of each source in it, have cells of their own.
struct GroupLimit {
  /// Of the groups that would be merged next, so many are in memory: 8 MiB for each source and
  /// window that has reached the limit. Beyond them its cells are looked through again.
  static constexpr std::size_t kLastKnown = 65'536;

  std::uint64_t groups_max = 1'000'000;  ///< 1 or more.
  bool by_source = false;        ///< The source is the first value of the group: each has so many.
  IdHasher hasher = IdHasher();  ///< Stays the same as long as the cells are kept.
  std::size_t last_known = kLastKnown;  ///< 1 or more. Changes no result.
};

/// Which groups of one window and source have cells of their own: those with the first `groups_max`
/// places of all that ever came, whatever the order in which they came. The others are one cell.
/// All of it follows from the cells that are there, so nothing is stored: groups that are merged
/// are behind the last one that is kept, as this only moves to the front. Threading: one owner.
class KeptGroups {
 public:
  /// What it cost more to count than it costs to remember.
  static constexpr std::uint64_t kCostly = 1'000;

  /// Of none, that learns of those that are there: by add() and cut(), then end_learning().
  KeptGroups(std::uint64_t groups_max, std::size_t last_known)
      : groups_max_(groups_max), last_(last_known) {}
  void end_learning();

  /// Else another one must learn, before keeps() is asked.
  bool is_ready() const { return has_room() || !last_.places().empty(); }
  /// Whether a group has a cell of its own, or would have if an event of it came.
  bool keeps(const GroupPlace& place) const {
    return has_room() || !(last_.places().rbegin()->place() < place);
  }
  /// A group has a cell of its own from now on.
  void add(const GroupPlace& place);
  struct Room {
    std::vector<std::string> merged = {};  ///< Groups that have to go first, the last one first.
    bool is_kept = true;                   ///< Else the group itself goes behind them.
  };
  /// For a new group that it keeps(). When the limit was lowered, of many that have to go some do.
  Room room_for(const GroupPlace& place) const;
  /// The last one is merged.
  void remove_last();
  /// There is a cell of all others.
  void cut() { is_cut_ = true; }

  std::uint64_t count() const { return count_; }
  /// Forgets what can be looked for again. It is ready if it was.
  void shrink() { last_.shrink(1); }
  std::size_t bytes() const { return kBytes + last_.bytes(); }

 private:
  static constexpr std::size_t kBytes = 250;  // With its place in two maps.

  bool has_room() const { return !is_cut_ && count_ < groups_max_; }

  const std::uint64_t groups_max_;
  std::uint64_t count_ = 0;
  bool is_cut_ = false;
  LastPlaces last_;  // If it has no room.
};

}  // namespace hapax
