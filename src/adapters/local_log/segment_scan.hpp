// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "adapters/local_log/format.hpp"
#include "adapters/local_log/recent_frames.hpp"
#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Reads the frames of one segment in order, with read-ahead.
/// Threading: one owner. Lifetime: `file` and `recent` must outlive it.
class FrameScanner {
 public:
  /// `recent`: frames of which the file need not be asked; null: none.
  FrameScanner(const File& file, const log_format::Generation& generation, std::uint64_t position,
               const RecentFrames* recent = nullptr)
      : file_(file), generation_(generation), position_(position), recent_(recent) {}

  struct Frame {
    std::uint64_t position = 0;
    std::uint64_t end = 0;
    log_format::FrameHeader header;
    std::span<const std::byte> bytes;  ///< Valid until the next call, or as long as `memory` lives.
    RecentFrames::Found memory = {};   ///< What they are in; null: they were read.
  };

  /// The frame at position(), or nothing when there is no whole frame of this generation;
  /// position() then stays. `limit` bounds how far frames may reach. Errors: those of the file.
  Result<std::optional<Frame>> next(std::uint64_t limit);

  /// The same, but nothing as well when it is not among the frames in memory. It was whole when it
  /// was written, and is since.
  std::optional<Frame> recent(std::uint64_t limit);

  /// Whether a whole frame is at position(). Reads no more than that one, and none of its bytes if
  /// it does not look like one. Errors: those of the file.
  Result<bool> at_frame() const;

  std::uint64_t position() const { return position_; }

 private:
  Result<std::optional<Frame>> read(std::uint64_t limit);
  Frame pass(const log_format::FrameHeader& header, std::span<const std::byte> bytes);
  Result<std::span<const std::byte>> view(std::uint64_t bytes, std::uint64_t limit);

  const File& file_;
  const log_format::Generation generation_;
  std::uint64_t position_;
  const RecentFrames* recent_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_position_ = 0;
};

/// The position of the first whole frame of this generation at or after `position`, nothing if
/// there is none: what tells damage in the middle from a torn tail. What of a compressed segment
/// cannot be read is passed over.
Result<std::optional<std::uint64_t>> find_frame(const File& file,
                                                const log_format::Generation& generation,
                                                std::uint64_t position);

/// Reads and checks the header of the segment that its name says is number `sequence`.
/// Errors: kCorrupt with the path, and those of the file.
Result<log_format::SegmentHeader> read_segment_header(const File& file, const std::string& path,
                                                      std::uint64_t sequence);

/// The error for a frame that is damaged although the log goes on after it.
Error damaged_frame(const std::string& path, std::uint64_t position, const std::string& evidence);

}  // namespace hapax
