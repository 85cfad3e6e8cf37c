// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/id_runs.hpp"

namespace hapax {

/// Runs of a bucket that become one run with a checkpoint, so that there are few to look into. What
/// it makes follows from what it says and what the store had before, so it can be tried again.
struct IdMerge {
  /// The slices from `first` to before `end`, into the table of the merged bucket. With the last
  /// one the runs go.
  struct Slices {
    std::uint8_t first;
    std::uint8_t end;
    std::uint8_t page_bits;

    SlicePlan plan() const { return SlicePlan(page_bits); }
    bool is_rest() const { return end == plan().count(); }
  };

  BucketId bucket;
  std::vector<IdRun> from;
  std::optional<Slices> slices;  ///< Of a bucket that takes no more ids.
  IdRun to;                      ///< Else: in place of `from`. add_to() fills its filter.

  /// Reads what it merges from `store` as it was before the write. Memory: 48 bytes an id.
  /// Errors: as read_slice(), scan_run().
  Result<void> add_to(std::map<std::string, StateWrite::Table>& tables, StateStore& store) const;
};

/// Of a bucket that still takes ids: makes the youngest of `runs`, of `ids_max` ids at most, one,
/// if they are many or large enough. So a bucket has about four runs for `ids_max` ids at most, and
/// each id is written two or three times more, unless checkpoints bring next to none.
std::optional<IdMerge> merge_tail(BucketId bucket, IdRuns& runs, std::uint64_t ids_max);

/// Of a bucket of `ids` ids, all of them in the store, that takes no more: takes the next slices of
/// it, until they have `budget` ids, and lowers `budget` by what they have.
std::optional<IdMerge> merge_slices(BucketId bucket, std::uint64_t ids, IdRuns& runs,
                                    std::uint64_t& budget);

}  // namespace hapax
