// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "cluster/control_note.hpp"
#include "core/digest.hpp"
#include "core/ids.hpp"

namespace hapax {

/// The numbers that a collector gives its records of one partition, and what became of them: the
/// account that whoever reads the partition must come to, too. What is appended together is a unit.
/// Units are settled in the order in which they were opened. Threading: one owner.
class CollectorLedger {
 public:
  /// `mark_records`: as of the readers.
  explicit CollectorLedger(std::uint64_t mark_records = kMarkRecords)
      : mark_records_(mark_records) {}

  struct Unit {
    std::uint64_t first = 0;  ///< The number of its first record; the others follow.
    std::vector<Hash128> ids;
  };

  /// Gives numbers to records with these ids.
  const Unit& open(std::vector<Hash128> ids);
  /// All of the oldest open unit is there, below `end`. How many records it has.
  std::size_t acknowledge(Offset end);
  /// Of all open units it is not known what is there; below `end` it is, and nowhere else.
  void give_up(Offset end);

  std::uint64_t last_number() const { return last_number_; }
  std::size_t open_units() const { return open_.size(); }
  const CollectorAccount& account() const { return account_; }

 private:
  void settle(const Unit& unit, bool acknowledged, Offset end);

  std::uint64_t mark_records_;
  std::uint64_t last_number_ = 0;
  std::deque<Unit> open_;
  CollectorAccount account_;
};

}  // namespace hapax
