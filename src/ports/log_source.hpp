// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "record/receipt.hpp"

namespace hapax {

/// Durable records as a reader gets them: a run of consecutive offsets of one partition.
struct LogBatch {
  PartitionId partition;
  Offset base_offset;
  std::uint32_t record_count = 0;
  /// The log's own account up to and including this batch: the digest of all records of the
  /// partition from offset 0. A reader that adds up what it decoded must come to the same.
  Digest digest_after;
  bool is_control = false;   ///< Its records are control records; else none is.
  std::string_view records;  ///< Valid until the next poll().
  /// The id hash of each record, as it was appended, where the log still has them; else empty.
  /// Valid as long as the records.
  std::span<const Hash128> ids = {};
};

/// Reads partitions in offset order. Sees durable records only, each exactly once, without gaps.
/// Threading: one owner.
class LogReader {
 public:
  virtual ~LogReader() = default;

  /// The next batches, at least one if any is durable, at most about `bytes_max` bytes; empty at
  /// the end. Views are valid until the next call. Errors: kCorrupt, stored bytes are damaged; the
  /// reader stays where it is.
  virtual Result<std::span<const LogBatch>> poll(std::size_t bytes_max) = 0;
};

/// The first retained record of a partition.
struct PartitionStart {
  Offset offset;
  Digest digest;  ///< Of all records before it, retained or not.

  friend bool operator==(const PartitionStart&, const PartitionStart&) = default;
};

/// The control records in force, as they were appended: the newest of each kind, by kind.
struct LogControls {
  std::vector<PartitionStart> starts;  ///< As starts() said at that moment.
  std::vector<std::string> at_start;   ///< Those before `starts`, retained or not.
  std::vector<std::string> at_end;
};

/// Of a callback of LogSource::on_durable.
using NotifyId = StrongId<struct NotifyTag, std::uint32_t>;

/// A log as those who read it see it: digests of what is there, control records, and gapless
/// offsets, which the local log has. Readers of a topic have less: TopicReader.
/// Threading: all calls may run at the same time.
class LogSource {
 public:
  virtual ~LogSource() = default;

  /// That offsets are of; for good.
  virtual LogId log_id() const = 0;
  virtual std::uint32_t partition_count() const = 0;

  /// Opens a reader at `start[p]` for every partition listed there.
  /// Errors: kInvalid, an offset is below the retained ones or above the end, with the gap.
  virtual Result<std::unique_ptr<LogReader>> read(std::span<const Receipt::End> start) = 0;

  /// Next offset to be written of each partition, counting durable records only; by partition.
  virtual std::vector<Offset> end_offsets() const = 0;

  /// Where the retained records of each partition begin; by partition.
  virtual std::vector<PartitionStart> starts() const = 0;

  /// Where a reader may begin to meet the newest record of all without reading much: about a file
  /// before it, or at starts(); by partition.
  virtual std::vector<Offset> recent() const = 0;

  /// Where a reader may begin to meet the newest of the records below `before` (by partition)
  /// without reading much: about a file before it; at starts() when none is retained. What it
  /// returns is no greater than `before` in some partition, if a record is there: so a log is read
  /// backwards, file by file.
  virtual std::vector<Offset> recent_before(std::span<const Offset> before) const = 0;

  /// What a reader from starts() must know of what was said before, and what is in force now.
  virtual LogControls controls() const = 0;

  /// Runs `notify` on the log's thread after records became durable, until off_durable(). It must
  /// not block, nor add or remove callbacks.
  virtual NotifyId on_durable(std::function<void()> notify) = 0;
  /// When it returns, the callback does not run and will not run again.
  virtual void off_durable(NotifyId id) = 0;
};

}  // namespace hapax
