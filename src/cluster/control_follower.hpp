// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cluster/control_state.hpp"
#include "cluster/snapshot_parts.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax {

struct ControlFollowerSettings {
  ClusterSettings first_settings = kFirstSettings;  ///< As of all others.
  /// A snapshot is worth its bytes once the notes behind the last one have so many, and eight times
  /// as many as it had itself.
  std::uint64_t snapshot_after_bytes = std::uint64_t{8} << 20U;
  /// Of a part of a snapshot: less than the topic takes.
  std::size_t part_bytes_max = std::size_t{512} << 10U;
  /// A start looks for a snapshot in so many of the last records, then in four times as many, and
  /// so on.
  std::uint64_t first_look_records = 1024;
};

/// Reads the topic of control for all of a process that need what it says. They look at state()
/// between two calls of step(): what that has of different things is of one moment.
///
/// It begins at the newest snapshot. That is what the notes below an offset come to, so the notes
/// from this offset on are read, wherever the snapshot itself stands. Whoever wrote it said the
/// same as anybody else, so it does not matter who does, nor when it arrives: one that is late, or
/// of a process that should be no more, is as true as any other, there is only more to be read
/// behind it. One that is not whole, or of a format that is not known, is none; so two are always
/// left there, and what lies before the older of them may be deleted. Who stood still meanwhile,
/// and finds what it would read next deleted, goes on from the newest.
///
/// Threading: one owner. Lifetime: `control` must outlive it; it must outlive what it asks, or the
/// process end with it.
class ControlFollower {
 public:
  explicit ControlFollower(Topic& control, const ControlFollowerSettings& settings = {});
  ControlFollower(const ControlFollower&) = delete;
  ControlFollower& operator=(const ControlFollower&) = delete;

  /// Goes on. Errors: kUnavailable, call it again; kCorrupt, the topic is not what it must be, or
  /// notes are deleted that no snapshot has.
  Result<void> step();

  /// All that was there when it began is read.
  bool has_caught_up() const { return end_ && reader_ && reader_->position() >= *end_; }
  /// There was nothing more when it looked last.
  bool has_read_all() const { return has_caught_up() && is_at_end_; }
  const ControlState& state() const { return state_; }
  /// From where on it has read all notes, once it has_caught_up().
  Offset began_at() const { return began_at_; }

  /// Whether it is time that somebody says what the notes come to.
  bool wants_snapshot() const;
  /// The notes to be appended for that. Only when has_caught_up(). `nonce`: drawn at random.
  std::vector<SnapshotPart> snapshot(std::uint64_t nonce);
  /// What is before may be deleted: a start reads on from there at the latest. 0: all of it is
  /// needed.
  Offset needed_from() const { return parts_.former() ? parts_.former()->as_of : Offset(0); }

 private:
  void ask_for_extent();
  Result<void> look_for_snapshot();
  Result<void> begin_or_look_further();
  bool begin_at(const std::optional<ControlSnapshot>& snapshot);
  Result<void> follow();
  Result<ControlNote> decode(const TopicRecord& record);
  void look_anew();

  Topic& control_;
  const ControlFollowerSettings settings_;
  std::optional<Offset> start_;  // What was there when it began is neither before it,
  std::optional<Offset> end_;    // nor behind it.
  bool asking_ = false;

  // Of the look for a snapshot.
  std::uint64_t looks_at_;  // So many records before the end.
  Offset looked_from_ = {};
  std::optional<Error> gone_;  // What it would have read next is deleted: so there must be one.
  std::unique_ptr<TopicReader> look_;

  std::unique_ptr<TopicReader> reader_;  // Once that is over.
  Offset began_at_ = {};
  Offset read_until_ = {};  // It never goes back.
  SnapshotParts parts_;
  ControlState state_;
  bool is_at_end_ = false;
  std::optional<Error> failure_;      // Of a note: those behind it are not read.
  std::uint64_t bytes_ = 0;           // Of the notes behind the last snapshot, by and large.
  std::uint64_t snapshot_bytes_ = 0;  // Of that one.
};

}  // namespace hapax
