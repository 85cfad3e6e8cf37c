// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "record/receipt.hpp"

namespace hapax {

/// The records of one append that go to one partition.
struct PartitionRecords {
  PartitionId partition;
  std::uint32_t record_count = 0;  ///< 1 or more.
  Digest digest;                   ///< Of the id hashes (IdHasher::event_id) of every record.
  std::string records;             ///< Framed as record/event_wire.hpp says.
  /// Those id hashes, in the order of the records, for readers that would make them again; or none.
  std::vector<Hash128> ids = {};
};

struct LogStatus {
  bool writable = false;
  std::string reason;   ///< Why not writable; empty when it is.
  bool closed = false;  ///< Not writable for good: only a restart, which opens it anew, helps.
};

/// Where the events of requests become durable: all that a Collector needs of a log. It is the
/// local log, as a part of EventLog, or stands before a topic that many processes append to
/// (`Topic`, such as one of Kafka). Threading: all calls may run at the same time.
class LogAppender {
 public:
  using AppendDone = std::function<void(Result<Receipt>)>;

  virtual ~LogAppender() = default;

  /// That receipts are of; for good.
  virtual LogId log_id() const = 0;
  virtual std::uint32_t partition_count() const = 0;

  /// Appends all of `parts` (partitions distinct). How much of it is one unit is the log's: on the
  /// local log all of it, so that after a crash either all or none is there; on a topic what goes
  /// to one partition, of which after a failure the first few records may be there. `done` runs
  /// exactly once, on the log's thread, after all records are on stable storage or the append
  /// failed; it must not block. Order: of appends that are queued one after the other, within a
  /// partition, too, the former's records come first.
  /// Errors (at once, `done` is then never called): kExhausted, the queue is full; kUnavailable,
  /// the log takes no writes, see status(). Errors through `done`: kExhausted, disk full, a later
  /// append may succeed and takes the place of this one; kUnavailable, I/O error: of the local log
  /// no append will succeed until it is opened anew, a topic may take the next one. After both,
  /// some or all of the records may be there, or come to be there.
  virtual Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) = 0;

  virtual LogStatus status() const = 0;
};

}  // namespace hapax
