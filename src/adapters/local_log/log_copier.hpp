// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/local_log/end_file.hpp"
#include "adapters/local_log/log_core.hpp"
#include "adapters/local_log/repair.hpp"

namespace hapax {

/// Takes what was read of a damaged log, in its order, and makes a log of it. Threading: one owner.
/// Lifetime: all references must outlive it.
class LogCopier {
 public:
  /// Without `target` it only counts.
  LogCopier(LogStart start, LogCore* target, const IdHash& id_hash, RepairReport& report);

  /// A segment begins whose header could be read.
  Result<void> begin_segment(const log_format::SegmentHeader& header);
  /// The batches of one frame.
  Result<void> take(std::span<const LogBatch> frame);
  /// Nothing more comes. `end`: how far the damaged log was durable.
  Result<void> finish(const std::optional<DurableEnd>& end);

 private:
  Result<void> take_batch(const LogBatch& batch);
  Result<void> take_control(std::span<const LogBatch> frame);
  Result<void> restate_controls(const log_format::SegmentHeader& header);
  Result<void> reach(std::uint32_t partition, Offset original, const Digest& account);
  Result<void> fill(std::uint32_t partition, std::uint64_t count, const Digest& account);
  Result<void> append_control(std::string_view record);
  Result<void> flush();
  std::uint64_t gap_before(std::uint32_t partition, Offset original) const;
  void note_lost(std::uint32_t partition, std::uint64_t count);

  LogCore* const target_;
  const IdHash& id_hash_;
  RepairReport& report_;
  ControlsInForce controls_;
  std::vector<PartitionStart> at_;     ///< The account of the new log.
  std::vector<std::uint64_t> shifts_;  ///< How much higher its offsets are.
  std::vector<std::vector<PartitionRecords>> group_;
  std::size_t group_bytes_ = 0;
};

}  // namespace hapax
