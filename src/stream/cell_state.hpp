// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "stream/aggregate.hpp"
#include "stream/count.hpp"
#include "stream/exact_users.hpp"

namespace hapax {

/// What the cells of events_per_minute compute.
using CellAggregates = Aggregates<Count, ExactUsers>;

/// What answers need of a cell.
struct CellSummary {
  std::uint64_t revision = 0;
  std::uint64_t count = 0;
  std::uint64_t users = 0;

  CellSummary() = default;
  CellSummary(std::uint64_t revision_of, const CellAggregates::Values& values)
      : revision(revision_of), count(values[0]), users(values[1]) {}

  friend bool operator==(const CellSummary&, const CellSummary&) = default;
};

/// What one cell holds in memory. Without the revision it is a function of the set of its events.
struct CellState {
  CellAggregates aggregates;
  std::uint64_t revision = 0;  ///< How many of its events were late.

  /// `seed`: see Aggregate.
  static CellState init(std::uint64_t seed) { return {.aggregates = CellAggregates::init(seed)}; }

  void combine(const CellState& other) {
    aggregates.combine(other.aggregates);
    revision += other.revision;
  }
  CellSummary summary() const { return {revision, aggregates.finalize()}; }
};

}  // namespace hapax
