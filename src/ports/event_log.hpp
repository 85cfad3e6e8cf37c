// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
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

/// A reader whose records must not be dropped before it has done with them.
struct LogSubscription {
  std::string name;  ///< Its own; one subscriber has one name.
  /// How many bytes of the log it may hold back. Over it the oldest are dropped all the same and
  /// the subscriber loses them. Nothing: it never loses, and when the disk is full, it is full.
  std::optional<std::uint64_t> retained_bytes_limit = {};
};

using SubscriberId = StrongId<struct SubscriberTag, std::uint32_t>;
/// Of a callback of EventLog::on_durable.
using NotifyId = StrongId<struct NotifyTag, std::uint32_t>;

struct LogStatus {
  bool writable = false;
  std::string reason;   ///< Why not writable; empty when it is.
  bool closed = false;  ///< Not writable for good: only a restart, which opens it anew, helps.
};

/// The durable, partitioned, ordered record of everything accepted. `design.md` C1, C3.
/// Threading: all calls may run at the same time.
class EventLog {
 public:
  using AppendDone = std::function<void(Result<Receipt>)>;

  virtual ~EventLog() = default;

  virtual std::uint32_t partition_count() const = 0;

  /// Appends all of `parts` (partitions distinct) as one unit: after a crash either all or none of
  /// it is there. `done` runs exactly once, on the log's thread, after the records are on stable
  /// storage or the append failed; it must not block. Order: appends that are queued one after the
  /// other get ascending offsets.
  /// Errors (at once, `done` is then never called): kExhausted, the queue is full; kUnavailable,
  /// the log takes no writes, see status(). Errors through `done`: kExhausted, disk full, a later
  /// append may succeed and takes the place of this one; kUnavailable, I/O error, no append will
  /// succeed until the log is opened anew. After both, a restart may still find the records.
  virtual Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) = 0;

  /// Appends one control record (a hapax.v1.Event with field `control`) to every partition as one
  /// unit, in batches of its own; no digest counts it. It is in force from there on, until the next
  /// one of its kind, and is remembered when retention drops it. Otherwise as append().
  /// Errors through `done` also: kInvalid, `record` is no control record, or there is no room for
  /// it among those in force.
  virtual Result<void> append_control(std::string record, AppendDone done) = 0;

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

  /// Holds back retention: a record is dropped only when every subscriber has released it (and age
  /// and size allow it). The new subscriber holds all that is retained now. Who subscribes under a
  /// name that is there is that subscriber, with the new limit. Subscribers are not stored: after a
  /// start nothing is dropped before the first has subscribed and released, so all of them must
  /// have subscribed by then; whoever comes later holds what is left.
  virtual SubscriberId subscribe(LogSubscription subscription) = 0;
  /// Says that a subscriber has no more use for offsets below `ends`. Does nothing for one that is
  /// unsubscribed.
  virtual void release(SubscriberId subscriber, std::span<const Receipt::End> ends) = 0;
  /// Holds nothing for that name any more. False when there is no such subscriber.
  virtual bool unsubscribe(std::string_view name) = 0;
  /// Where the log would begin if no subscriber held anything: what is below is over age or size;
  /// by partition.
  virtual std::vector<Offset> over_retention() const = 0;

  virtual LogStatus status() const = 0;
};

}  // namespace hapax
