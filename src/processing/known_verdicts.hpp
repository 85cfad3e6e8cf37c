// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "dedup/verdict_log.hpp"
#include "dedup/verdict_reader.hpp"
#include "ports/log_source.hpp"
#include "stream/keyed_event.hpp"

namespace hapax {

/// What dedup has decided before, batch by batch of the log, each partition in its order.
/// Threading: one owner. Lifetime: `log` must outlive it.
class KnownVerdicts {
 public:
  KnownVerdicts(VerdictLog& log, std::size_t partition_count)
      : reader_(log), found_(partition_count) {}

  /// Puts those of all records of `batch` into `known`. False when some are missing; `known` is as
  /// it was then. Errors: those of the disk.
  Result<bool> read(const LogBatch& batch, std::vector<Verdict>& known);
  /// What it keeps of files, which may be large.
  void forget() { found_.assign(found_.size(), {}); }

 private:
  VerdictReader reader_;
  std::vector<VerdictRun> found_;  // What was read last, by partition.
};

/// Whether they can be those of the events: not of others, and as many.
bool verdicts_fit(std::span<const Verdict> verdicts, std::span<const KeyedEvent> events);

}  // namespace hapax
