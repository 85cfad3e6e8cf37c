// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/local_log/catalog.hpp"
#include "adapters/local_log/segment_scan.hpp"
#include "ports/log_source.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Reads the log of a directory from its oldest record on, without the writer's lock and without
/// its help: for tools, also while a server writes. Records at the very end may not be durable yet.
/// When retention takes the segment at hand away, it goes on with the oldest that is left.
/// Threading: one owner. Lifetime: `storage` must outlive it.
class LogWalk {
 public:
  /// Errors: kInvalid, there is no log in `directory`.
  static Result<std::unique_ptr<LogWalk>> open(std::string directory, Storage& storage);

  /// The batches of the next frame (none in a seal); nothing at the end, where a later call may
  /// find more. Views are valid until the next call. Errors: kCorrupt, the present segment is
  /// damaged, or does not begin where the one before it ended; it stays there until skip_damage().
  Result<std::optional<std::span<const LogBatch>>> next();

  /// Goes on behind the damage: in the present segment if it is whole and only begins elsewhere,
  /// else in the next one. False when there is none.
  Result<bool> skip_damage();

  /// The present segment and the place of the next frame in it.
  const std::string& path() const { return path_; }
  std::uint64_t sequence() const { return sequence_; }
  std::uint64_t position() const { return scanner_ ? scanner_->position() : 0; }
  /// Where the log's account of a partition stands in the present segment's header.
  const log_format::SegmentHeader& header() const { return header_; }

 private:
  LogWalk(std::string directory, Storage& storage)
      : directory_(std::move(directory)), storage_(storage) {}

  Result<std::vector<std::uint64_t>> sequences() const;
  Result<void> go_to(std::uint64_t sequence);
  Result<bool> go_to_twin();
  Result<std::optional<std::uint64_t>> following() const;
  Result<std::optional<std::span<const LogBatch>>> next_here();
  Result<void> begin();
  Result<std::optional<std::span<const LogBatch>>> take(const FrameScanner::Frame& frame);
  Result<void> take_seal(const FrameScanner::Frame& frame);
  Result<std::optional<FrameScanner::Frame>> scan();
  Result<std::optional<std::uint64_t>> later_frame();

  const std::string directory_;
  Storage& storage_;
  std::string path_;
  std::unique_ptr<File> file_;
  std::uint64_t sequence_ = 0;
  log_format::SegmentHeader header_;
  std::optional<FrameScanner> scanner_;
  bool begun_ = false;              ///< The header was compared with what came before.
  std::vector<PartitionStart> at_;  ///< By partition: the account so far; empty: none.
  std::optional<Error> damage_;     ///< Until it is skipped.
  bool sealed_ = false;
  std::uint64_t seal_position_ = 0;        ///< Of the last seal.
  std::optional<std::uint64_t> searched_;  ///< No frame follows this position.
  std::vector<LogBatch> batches_;
};

}  // namespace hapax
