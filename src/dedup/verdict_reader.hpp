// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/result.hpp"
#include "dedup/verdict_log.hpp"

namespace hapax {

/// Reads a verdict log, partition by partition, in the order of offsets. It keeps the file that it
/// read last, some megabytes.
/// Threading: one owner each; any number of them beside the log's writer. Lifetime: `log` must
/// outlive it.
class VerdictReader {
 public:
  struct Found {
    VerdictRun run;  ///< Not empty. When it begins behind what was asked for, that is missing.
    /// Verdicts below it are on stable storage and stand. Those from there on are in memory: a
    /// crash may undo them, so nothing durable may be made of them yet.
    Offset durable_until;
  };

  explicit VerdictReader(VerdictLog& log) : log_(log) {}

  /// The next verdicts of `partition` at or after `from`; nothing if there are none yet.
  /// Cost: reads a file now and then. Errors: those of the disk.
  Result<std::optional<Found>> read(PartitionId partition, Offset from);

 private:
  Result<std::shared_ptr<const VerdictFile>> load(const VerdictLog::Place& place);
  std::optional<VerdictRun> in_file(const VerdictFile& file, PartitionId partition,
                                    const VerdictLog::Place& place) const;

  VerdictLog& log_;
  std::shared_ptr<const VerdictFile> file_;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace hapax
