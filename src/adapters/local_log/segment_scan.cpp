// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/segment_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hapax {
namespace {

using namespace log_format;  // NOLINT: this file is about the format.

constexpr std::uint64_t kReadAhead = 1U << 20U;

/// Of a compressed segment, whose damaged blocks cannot be read at all.
template <typename T>
bool is_damage(const Result<T>& read) {
  return !read && read.error().kind == ErrorKind::kCorrupt;
}

}  // namespace

Result<std::span<const std::byte>> FrameScanner::view(std::uint64_t bytes, std::uint64_t limit) {
  const auto have_until = buffer_position_ + buffer_.size();
  if (position_ < buffer_position_ || position_ + bytes > have_until) {
    const auto want = std::max(bytes, std::min(kReadAhead, limit - std::min(limit, position_)));
    buffer_.resize(want);
    buffer_position_ = position_;
    HAPAX_ASSIGN(const auto got, file_.read_at(position_, buffer_));
    buffer_.resize(got);
    if (got < bytes) {
      // At the end of the file, or in front of damage: which, the next byte says.
      std::array<std::byte, 1> next{};
      HAPAX_TRY(file_.read_at(position_ + got, next));
    }
  }
  const auto skip = position_ - buffer_position_;
  return std::span<const std::byte>(buffer_).subspan(std::min<std::uint64_t>(skip, buffer_.size()));
}

std::optional<FrameScanner::Frame> FrameScanner::recent(std::uint64_t limit) {
  auto memory = recent_ != nullptr ? recent_->find(generation_, position_) : nullptr;
  if (!memory) {
    return std::nullopt;
  }
  const auto bytes = std::as_bytes(std::span(memory->bytes));
  const auto header = decode_frame_header(bytes, generation_, position_);
  if (!header || position_ + header->frame_bytes() > limit) {
    return std::nullopt;
  }
  Frame frame = pass(*header, bytes);
  frame.memory = std::move(memory);
  return frame;
}

FrameScanner::Frame FrameScanner::pass(const FrameHeader& header,
                                       std::span<const std::byte> bytes) {
  Frame frame{.position = position_,
              .end = position_ + header.frame_bytes(),
              .header = header,
              .bytes = bytes.first(kFrameHeaderBytes + header.payload_bytes)};
  position_ = frame.end;
  return frame;
}

Result<std::optional<FrameScanner::Frame>> FrameScanner::next(std::uint64_t limit) {
  if (auto frame = recent(limit)) {
    return frame;
  }
  auto frame = read(limit);
  if (frame && !*frame) {
    buffer_.clear();  // What was read ahead may be written by the next call.
  }
  return frame;
}

Result<bool> FrameScanner::at_frame() const {
  std::array<std::byte, kFrameHeaderBytes> bytes{};
  HAPAX_ASSIGN(const auto got, file_.read_at(position_, bytes));
  const auto header = decode_frame_header(std::span(bytes).first(got), generation_, position_);
  if (!header) {
    return false;
  }
  FrameScanner scanner(file_, generation_, position_);
  HAPAX_ASSIGN(const auto frame, scanner.next(position_ + header->frame_bytes()));
  return frame.has_value();
}

Result<std::optional<FrameScanner::Frame>> FrameScanner::read(std::uint64_t limit) {
  if (position_ + kFrameHeaderBytes > limit) {
    return std::optional<Frame>();
  }
  HAPAX_ASSIGN(auto bytes, view(kFrameHeaderBytes, limit));
  const auto header = decode_frame_header(bytes, generation_, position_);
  if (!header || position_ + header->frame_bytes() > limit) {
    return std::optional<Frame>();
  }
  HAPAX_ASSIGN(bytes, view(kFrameHeaderBytes + header->payload_bytes, limit));
  if (!frame_is_whole(*header, bytes)) {
    return std::optional<Frame>();
  }
  return std::optional(pass(*header, bytes));
}

Result<std::optional<std::uint64_t>> find_frame(const File& file, const Generation& generation,
                                                std::uint64_t position) {
  HAPAX_ASSIGN(const auto size, file.size());
  std::vector<std::byte> buffer(std::min(kReadAhead, size - std::min(size, position)));
  for (position = align_up(position); position < size;) {
    const auto got = file.read_at(position, buffer);
    if (is_damage(got)) {
      position += kAlignment;
      continue;
    }
    HAPAX_TRY(got);
    const auto bytes = std::span<const std::byte>(buffer).first(*got);
    for (std::uint64_t at = 0; at + kFrameHeaderBytes <= bytes.size(); at += kAlignment) {
      if (!decode_frame_header(bytes.subspan(at), generation, position + at)) {
        continue;
      }
      const auto frame = FrameScanner(file, generation, position + at).next(size);
      if (!is_damage(frame)) {
        HAPAX_TRY(frame);
      }
      if (frame && *frame) {
        return std::optional(position + at);
      }
    }
    position += std::max<std::uint64_t>(kAlignment, bytes.size() / kAlignment * kAlignment);
  }
  return std::optional<std::uint64_t>();
}

Result<SegmentHeader> read_segment_header(const File& file, const std::string& path,
                                          std::uint64_t sequence) {
  std::vector<std::byte> bytes(kHeaderBytes);
  HAPAX_ASSIGN(const auto got, file.read_at(0, bytes));
  auto header = decode_header(std::span<const std::byte>(bytes).first(got));
  if (!header) {
    auto error = std::move(header).error();
    error.message = fmt::format("cannot read {}: {}", path, error.message);
    if (error.hint.empty()) {
      error.hint = "run hapax log verify to see what is damaged";
    }
    return error;
  }
  if (const auto named = header->generation.sequence; named != sequence) {
    return damaged_frame(path, 16, fmt::format("its header says that it is segment {}", named));
  }
  // Space that was there when the segment became active: the file was cut, not torn.
  HAPAX_ASSIGN(const auto size, file.size());
  if (size < header->file_bytes) {
    return damaged_frame(path, size, "the file is shorter than it was made");
  }
  return header;
}

Error damaged_frame(const std::string& path, std::uint64_t position, const std::string& evidence) {
  return {.kind = ErrorKind::kCorrupt,
          .message = fmt::format("{} is damaged at byte {}: {}", path, position, evidence),
          .hint =
              "nothing was cut or skipped; run hapax log verify to see what is readable, and "
              "restore the file from a copy, or add --repair"};
}

}  // namespace hapax
