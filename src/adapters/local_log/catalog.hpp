// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "adapters/local_log/end_file.hpp"
#include "adapters/local_log/format.hpp"
#include "adapters/local_log/recent_frames.hpp"
#include "core/ids.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/event_log.hpp"

namespace hapax {

struct SegmentInfo {
  std::string path;
  log_format::SegmentHeader header;
  std::uint64_t bytes = 0;                 ///< Of the file.
  std::uint64_t raw_bytes = 0;             ///< Of a raw file beside it that waits for its readers.
  std::shared_ptr<const void> lease = {};  ///< Held by who reads the file; the catalog makes it.

  std::uint64_t disk_bytes() const { return bytes + raw_bytes; }
};

/// Whether all that comes before the segment of `next` is below `released`, by partition.
inline bool is_released(const log_format::SegmentHeader& next, std::span<const Offset> released) {
  for (std::size_t p = 0; p < next.partitions.size(); ++p) {
    if (next.partitions[p].offset > released[p]) {
      return false;
    }
  }
  return true;
}

/// What the log keeps whoever has read it.
struct RetentionLimits {
  ProcessingTime created_after;  ///< Whatever was written after it,
  std::uint64_t bytes = 0;       ///< and the newest so many bytes.
};

/// Whether the segment before `next`, with which the log has so many bytes, is over age or size.
inline bool is_over(const RetentionLimits& limits, const log_format::SegmentHeader& next,
                    std::uint64_t bytes) {
  return next.created_at < limits.created_after || bytes > limits.bytes;
}

/// A place in the sequence of segments.
struct LogPosition {
  std::uint64_t sequence = 0;
  std::uint64_t position = 0;

  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

/// What of the log is there to read: its segments and how far they are durable. The writer
/// publishes after a sync, readers look; nothing that is not durable ever appears here (reliability
/// row 19). Threading: all calls may run at the same time.
class LogCatalog {
 public:
  struct Snapshot {
    std::deque<SegmentInfo> segments;        ///< Ascending and contiguous sequences.
    LogPosition end;                         ///< After the last durable frame.
    std::vector<Offset> end_offsets;         ///< By partition.
    std::vector<std::string> controls = {};  ///< In force at the end.
  };

  /// What of it is in memory as well.
  RecentFrames& recent_frames() { return recent_; }
  const RecentFrames& recent_frames() const { return recent_; }

  void set(Snapshot snapshot) {
    for (auto& segment : snapshot.segments) {
      segment.lease = make_lease();
    }
    const MutexLock lock(mutex_);
    state_ = std::move(snapshot);
  }

  void add_segment(SegmentInfo segment) {
    segment.lease = make_lease();
    const MutexLock lock(mutex_);
    state_.segments.push_back(std::move(segment));
  }

  /// A raw segment that has another one behind it and whose file stays as it is until release().
  struct Claimed {
    SegmentInfo segment;
    std::uint64_t content_bytes = 0;  ///< Up to the end of its seal.
  };

  /// The oldest one, for the one who compresses; none of `except`. A hapax that cannot read
  /// compressed segments refuses the log by the version of its last one, so there is none before
  /// that has it.
  std::optional<Claimed> claim(const std::set<std::uint64_t>& except);
  void release();
  /// Whether retention wants to drop the claimed segment: it has to wait for release().
  bool is_unwanted() const { return unwanted_; }
  /// The claimed segment has another file now, its raw one waits for its readers. Ends the claim.
  void replace_claimed(std::string path, std::uint64_t bytes);
  /// The raw file beside it is gone. Does nothing when the segment is.
  void drop_raw(std::uint64_t sequence);

  /// The file of the last segment has become longer.
  void set_last_bytes(std::uint64_t bytes) {
    const MutexLock lock(mutex_);
    state_.segments.back().bytes = bytes;
  }

  /// The one that was dropped; nothing, it is claimed: it is given up, and claimed no more.
  std::optional<SegmentInfo> drop_first_segment() {
    const MutexLock lock(mutex_);
    const auto sequence = state_.segments.front().header.generation.sequence;
    if (sequence == claimed_) {
      given_up_ = sequence;
      unwanted_ = true;
      return std::nullopt;
    }
    auto dropped = std::move(state_.segments.front());
    state_.segments.pop_front();
    return dropped;
  }

  void publish(LogPosition end, std::vector<Offset> end_offsets) {
    const MutexLock lock(mutex_);
    state_.end = end;
    state_.end_offsets = std::move(end_offsets);
  }

  void set_controls(std::vector<std::string> controls) {
    const MutexLock lock(mutex_);
    state_.controls = std::move(controls);
  }

  LogControls controls() const {
    const MutexLock lock(mutex_);
    const auto& first = state_.segments.front().header;
    return {.starts = first.partitions, .at_start = first.controls, .at_end = state_.controls};
  }

  std::vector<PartitionStart> starts() const {
    const MutexLock lock(mutex_);
    return state_.segments.front().header.partitions;
  }

  /// Where the last segment with a record begins; the first one, if there is no record.
  std::vector<Offset> recent() const {
    const MutexLock lock(mutex_);
    std::vector<Offset> recent = state_.end_offsets;
    for (std::size_t i = state_.segments.size(); i-- > 0 && recent == state_.end_offsets;) {
      const auto& partitions = state_.segments[i].header.partitions;
      std::ranges::transform(partitions, recent.begin(), &PartitionStart::offset);
    }
    return recent;
  }

  /// Where the last segment with a record below `before` begins; the first one, if there is none.
  std::vector<Offset> recent_before(std::span<const Offset> before) const {
    const MutexLock lock(mutex_);
    std::vector<Offset> begin(before.size());
    for (std::size_t i = state_.segments.size(); i-- > 0;) {
      const auto& partitions = state_.segments[i].header.partitions;
      std::ranges::transform(partitions, begin.begin(), &PartitionStart::offset);
      if (!std::ranges::equal(begin, before, std::ranges::greater_equal())) {
        break;
      }
    }
    return begin;
  }

  std::uint64_t first_sequence() const {
    const MutexLock lock(mutex_);
    return state_.segments.front().header.generation.sequence;
  }

  std::size_t segment_count() const {
    const MutexLock lock(mutex_);
    return state_.segments.size();
  }

  /// Of the files of all segments.
  std::uint64_t bytes() const {
    const MutexLock lock(mutex_);
    std::uint64_t bytes = 0;
    for (const auto& segment : state_.segments) {
      bytes += segment.disk_bytes();
    }
    return bytes;
  }

  /// Of the files from the first one that holds a record which is not released.
  std::uint64_t held_bytes(std::span<const Offset> released) const {
    const MutexLock lock(mutex_);
    std::uint64_t bytes = 0;
    for (std::size_t i = state_.segments.size(); i-- > 0;) {
      bytes += state_.segments[i].disk_bytes();
      if (is_released(state_.segments[i].header, released)) {
        break;
      }
    }
    return bytes;
  }

  /// Where the log begins when all that is over `limits` is dropped; by partition.
  std::vector<Offset> over(const RetentionLimits& limits) const {
    const MutexLock lock(mutex_);
    std::uint64_t bytes = 0;
    for (const auto& segment : state_.segments) {
      bytes += segment.disk_bytes();
    }
    std::size_t first = 0;
    while (first + 1 < state_.segments.size() &&
           is_over(limits, state_.segments[first + 1].header, bytes)) {
      bytes -= state_.segments[first++].disk_bytes();
    }
    std::vector<Offset> offsets;
    for (const auto& start : state_.segments[first].header.partitions) {
      offsets.push_back(start.offset);
    }
    return offsets;
  }

  /// The durable end with the generation of its segment.
  DurableEnd durable_end() const {
    const MutexLock lock(mutex_);
    const auto first = state_.segments.front().header.generation.sequence;
    return {.generation = state_.segments[state_.end.sequence - first].header.generation,
            .position = state_.end.position,
            .offsets = state_.end_offsets};
  }

  /// The segment in which a reader of `start` begins: the last one that has nothing behind it.
  /// Errors: kInvalid, there is no such partition, or it does not hold that offset.
  Result<SegmentInfo> segment_of(std::span<const Receipt::End> start) const;
  /// Errors: kInvalid, it is beyond the retention.
  Result<SegmentInfo> segment(std::uint64_t sequence) const;
  /// Of the segment behind the oldest one; nothing when that is the last.
  std::optional<log_format::SegmentHeader> second_header() const {
    const MutexLock lock(mutex_);
    return state_.segments.size() < 2 ? std::nullopt : std::optional(state_.segments[1].header);
  }

  /// A copy of all of it, which takes milliseconds when there are thousands of segments.
  Snapshot snapshot() const {
    const MutexLock lock(mutex_);
    return state_;
  }

  LogPosition end() const {
    const MutexLock lock(mutex_);
    return state_.end;
  }

  std::vector<Offset> end_offsets() const {
    const MutexLock lock(mutex_);
    return state_.end_offsets;
  }

 private:
  static std::shared_ptr<const void> make_lease() { return std::make_shared<char>(); }
  /// Nothing when it has been dropped.
  SegmentInfo* find(std::uint64_t sequence) HAPAX_REQUIRES(mutex_);

  static constexpr std::size_t kRecentBytes = 8U << 20U;

  RecentFrames recent_{kRecentBytes};
  mutable Mutex mutex_;
  Snapshot state_ HAPAX_GUARDED_BY(mutex_);
  std::optional<std::uint64_t> claimed_ HAPAX_GUARDED_BY(mutex_);  ///< Its sequence.
  /// The segment that retention could not drop as it was claimed.
  std::optional<std::uint64_t> given_up_ HAPAX_GUARDED_BY(mutex_);
  /// It is claimed_. No lock, so that one who gives way to others holds none up.
  std::atomic<bool> unwanted_ = false;
};

}  // namespace hapax
