// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// What is appended to a topic.
struct TopicEntry {
  std::string header;  ///< What the reader must know of it before it is read; may be empty.
  std::string value;
};

/// A record of a topic as its readers get it.
struct TopicRecord {
  Offset offset;
  /// When the topic took it, by the clock of the machine that did; stored with it, so all readers
  /// see the same. Not in order: another machine may have taken the one before.
  ProcessingTime appended_at;
  TopicEntry entry;
};

/// Reads one partition from an offset on: durable records only, by ascending offsets, which may
/// have gaps. Threading: one owner.
class TopicReader {
 public:
  virtual ~TopicReader() = default;

  /// The next records, at most `count_max`; none when none have come yet. Never blocks. Valid until
  /// the next call, and the caller's to move away. Errors: kUnavailable, ask again; kCorrupt,
  /// records at the place where it stands were there and are not any more, or never were.
  virtual Result<std::span<TopicRecord>> poll(std::size_t count_max) = 0;
  /// All records below it were given; none is missing between the last of them and it.
  virtual Offset position() const = 0;
};

/// A durable log of several partitions that many processes append to and read, such as a topic of
/// Kafka; as one process sees it. The address of a record is the topic's id, its partition and its
/// offset: there, no other record ever is. Callbacks run on the owner's thread, never inside a call
/// of this or another port, at most once, and not once this is destroyed. Threading: one owner.
class Topic {
 public:
  using Appended = std::function<void(Result<Offset>)>;
  using Found = std::function<void(Result<Offset>)>;
  using Done = std::function<void(Result<void>)>;

  virtual ~Topic() = default;

  virtual std::uint32_t partition_count() const = 0;
  /// Of the topic that was opened. One that is made anew under its name has another.
  virtual const std::string& id() const = 0;
  /// Asks whether the name still stands for that topic: then all that readers have given before
  /// this was called was in it. Errors through `done`: kCorrupt, it stands for another one;
  /// kUnavailable, it is not known.
  virtual void confirm(Done done) = 0;

  /// Appends `entries` in their order, behind all that this process has appended to `partition`
  /// before. `done` is told the offset behind the last of them once they are durable; calls for one
  /// partition are answered in their order.
  /// Errors through `done`: kUnavailable, it is not known what became of them: the first few of
  /// them may be there or come to be there later, never one without those before it. From then on
  /// all appends to the partition fail, those on their way, too, until reopen().
  virtual void append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) = 0;
  /// Takes appends to `partition` again. Once one of them has succeeded, nothing that failed before
  /// it can come to be there any more.
  virtual void reopen(PartitionId partition) = 0;

  /// From `start` on. Errors are told by its poll().
  virtual std::unique_ptr<TopicReader> read(PartitionId partition, Offset start) = 0;
  /// Where the next record of `partition` will be, or behind it; whatever was durable when this was
  /// called lies before it.
  virtual void end_offset(PartitionId partition, Found done) = 0;
  /// Where the first record is that the topic took at `time` or later; where the end was when this
  /// was called, if there is none: all records before it were taken earlier.
  virtual void first_since(PartitionId partition, ProcessingTime time, Found done) = 0;

  /// Deletes the records below `start`, for good and for all readers; does nothing where it begins
  /// there, or behind it, already. It may delete some and then fail. Errors through `done`:
  /// kInvalid, it ends before `start`; kUnavailable, it is not known what became of it, which may
  /// still come.
  virtual void delete_before(PartitionId partition, Offset start, Done done) = 0;
};

}  // namespace hapax
