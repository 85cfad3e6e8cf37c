// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/local_log/catalog.hpp"
#include "adapters/local_log/controls.hpp"
#include "adapters/local_log/end_file.hpp"
#include "adapters/local_log/format.hpp"
#include "adapters/local_log/segment_files.hpp"
#include "adapters/local_log/settings.hpp"
#include "adapters/local_log/subscribers.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// That a segment is of a log with these partitions and this key. Errors: kInvalid, with both.
Result<void> check_settings(const log_format::SegmentHeader& header,
                            const LocalLogSettings& settings);

/// Where a log begins: what came before it, and what is in force there.
struct LogStart {
  std::vector<PartitionStart> partitions;
  ControlsInForce controls;
};

/// The writing side of the log without threads or queues: recovery, group commit, retention. Tests
/// drive it call by call; LocalLog drives it from its writer thread.
/// Threading: one owner; catalog() and files() may be used by others.
/// Lifetime: storage, clock and random must outlive it.
class LogCore {
 public:
  /// Opens or creates the log and recovers it: cuts a torn tail, refuses damage in the middle.
  /// Errors: kUnavailable, another process has it; kCorrupt, with file and position; kInvalid, made
  /// with another number of partitions, another key or in another format version; kExhausted, no
  /// space for the first segment.
  static Result<std::unique_ptr<LogCore>> open(const LocalLogSettings& settings, Storage& storage,
                                               const Clock& clock, Random& random);

  /// Begins a log that has nothing before `start`, in a folder without one. For repair.
  /// Errors: as open().
  static Result<std::unique_ptr<LogCore>> begin(const LocalLogSettings& settings, Storage& storage,
                                                const Clock& clock, Random& random, LogStart start);

  /// Of the file `id`: this log and no other has it, whatever it is opened by.
  LogId id() const { return id_; }

  /// Appends all of `group` in one frame and makes it durable with one sync.
  /// Errors: kExhausted, disk full: a later call may succeed and overwrites what there is of this
  /// one. Anything else: the state on disk is unknown, and every later call fails; open anew.
  Result<std::vector<Receipt>> commit(std::span<const std::vector<PartitionRecords>> group);

  /// Appends one control record to every partition, in a frame of its own. Errors: as commit();
  /// kInvalid, it is none or there is no room for it, nothing is changed.
  Result<Receipt> commit_control(std::string_view record);

  /// Appends records of kLostKind to one partition. For repair. Errors: as commit().
  Result<void> commit_lost(const PartitionRecords& lost);

  /// Marks the end as reached on purpose, so that damage of the last frame is no torn tail. Does
  /// nothing when the last frame is a seal. Errors: as commit().
  Result<void> seal();

  /// Drops the oldest segments that are over age or size and that no claim holds; none when there
  /// are no claims. Errors: one could not be taken away; it is tried again before any younger one
  /// goes.
  Result<void> retain(std::span<const RetentionClaim> claims);
  /// Where the log would begin without any claim; by partition. Threading: as catalog().
  std::vector<Offset> over_retention() const;

  /// Writes down how far the log is durable now, so that a start can tell when some of it is gone.
  /// Threading: may be called while the owner appends, by one other. Errors: those of the disk; the
  /// former note stands.
  Result<void> note_end() { return end_file_->write(catalog_.durable_end()); }

  LogCatalog& catalog() { return catalog_; }
  const LogCatalog& catalog() const { return catalog_; }
  SegmentFiles& files() { return files_; }

  const LogStats& stats() const { return stats_; }

 private:
  LogCore(const LocalLogSettings& settings, Storage& storage, const Clock& clock, Random& random);

  Result<std::deque<SegmentInfo>> find_segments();
  Result<void> recover_active(const std::deque<SegmentInfo>& segments);
  Result<void> scan_active(const SegmentInfo& segment, std::vector<std::byte>& last_frame,
                           std::uint64_t& last_position);
  Result<void> check_noted_end(const std::deque<SegmentInfo>& segments) const;
  Result<void> take_frame(const std::string& path, std::uint64_t position,
                          const log_format::FrameHeader& header, std::span<const std::byte> bytes);
  Result<void> check_seal(const std::string& path, std::uint64_t position,
                          const log_format::FrameHeader& header, std::span<const std::byte> bytes);
  Result<void> take_controls(std::string_view records);
  Result<void> write_frame(std::vector<PartitionStart> ends, std::uint64_t record_count);
  void keep_frame(std::uint64_t position) noexcept;
  Result<void> roll();
  Result<void> finish_retiring();
  RetentionLimits retention_limits() const;
  Result<void> write_and_sync(const log_format::FrameBuilder::Finished& frame);
  log_format::SegmentHeader next_header();
  std::uint64_t seal_position() const;
  std::vector<Offset> end_offsets() const;
  Error fail(Error error);

  const LocalLogSettings settings_;
  Storage& storage_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<File> lock_;
  std::unique_ptr<EndFile> end_file_;
  LogId id_;
  SegmentFiles files_;
  LogCatalog catalog_;
  SegmentFiles::Active active_;
  log_format::Generation generation_;
  std::uint64_t position_ = 0;
  std::uint64_t active_bytes_ = 0;      ///< Room of the active segment, from its start.
  bool sealed_ = false;                 ///< The last frame is a seal.
  ControlsInForce controls_;            ///< Durable.
  std::optional<SegmentInfo> leaving_;  ///< A segment that could not be retired yet.
  std::vector<PartitionStart> ends_;    ///< By partition, durable.
  log_format::FrameBuilder frame_;
  log_format::WrittenFrame spare_;  ///< Memory for the frame after the next.
  std::optional<Error> failure_;
  LogStats stats_;
};

}  // namespace hapax
