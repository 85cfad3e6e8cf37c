// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/compressed_segment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/local_log/segment_scan.hpp"

namespace hapax {

using namespace twin_format;  // NOLINT: this file is about the format.

Result<std::unique_ptr<CompressedSegment>> CompressedSegment::open(std::string path,
                                                                   std::unique_ptr<File> file) {
  std::unique_ptr<CompressedSegment> segment(
      new CompressedSegment(std::move(path), std::move(file)));
  if (auto read = segment->read_head(); !read) {
    auto error = std::move(read).error();
    error.message = fmt::format("cannot read {}: {}", segment->path_, error.message);
    return error;
  }
  return segment;
}

/// Of the two heads one is enough. One of another version is whole: it is the answer.
Result<void> CompressedSegment::read_head() {
  auto front = read_front();
  if (front || front.error().kind == ErrorKind::kInvalid) {
    return front;
  }
  auto back = read_back();
  return back || back.error().kind != ErrorKind::kCorrupt ? back : front;
}

Result<void> CompressedSegment::read_front() {
  HAPAX_ASSIGN(head_, read_head_at(kSkippableBytes, true));
  return place_blocks(head_bytes(head_.table.size()));
}

Result<void> CompressedSegment::read_back() {
  HAPAX_ASSIGN(const auto file_bytes, file_->size());
  if (file_bytes < kFixedBytes) {
    return Error{.kind = ErrorKind::kCorrupt, .message = "the file is cut off"};
  }
  HAPAX_ASSIGN(head_, read_head_at(file_bytes - kFixedBytes, false));
  std::uint64_t behind = head_bytes(head_.table.size());
  for (const auto bytes : head_.table) {
    behind += bytes;
  }
  if (behind > file_bytes) {
    return Error{.kind = ErrorKind::kCorrupt, .message = "the file is cut off"};
  }
  return place_blocks(file_bytes - behind);
}

Result<Head> CompressedSegment::read_head_at(std::uint64_t fixed_at, bool table_follows) const {
  std::array<std::byte, kFixedBytes> fixed{};
  HAPAX_ASSIGN(const auto fixed_got, file_->read_at(fixed_at, fixed));
  HAPAX_ASSIGN(const auto count,
               decode_block_count(std::span<const std::byte>(fixed).first(fixed_got)));
  const auto table_bytes = std::uint64_t{count} * kEntryBytes;
  HAPAX_ASSIGN(const auto file_bytes, file_->size());
  if (table_bytes > file_bytes || (!table_follows && table_bytes > fixed_at)) {
    return Error{.kind = ErrorKind::kCorrupt, .message = "the table of blocks is cut off"};
  }
  std::vector<std::byte> table(table_bytes);
  HAPAX_ASSIGN(
      const auto table_got,
      file_->read_at(table_follows ? fixed_at + kFixedBytes : fixed_at - table_bytes, table));
  return decode_head(fixed, std::span<const std::byte>(table).first(table_got));
}

Result<void> CompressedSegment::place_blocks(std::uint64_t begin) {
  places_.clear();
  for (const auto bytes : head_.table) {
    if (bytes > zstd_bytes_max(head_.block_bytes)) {
      return Error{.kind = ErrorKind::kCorrupt, .message = "a block that is too long"};
    }
    places_.push_back(begin);
    begin += bytes;
  }
  return {};
}

Result<std::size_t> CompressedSegment::read_at(std::uint64_t position,
                                               std::span<std::byte> into) const {
  into = into.first(
      std::min<std::uint64_t>(into.size(), head_.raw_bytes - std::min(head_.raw_bytes, position)));
  const MutexLock lock(mutex_);
  std::size_t done = 0;
  while (done < into.size()) {
    const auto part = read_part(position + done, into.subspan(done));
    if (!part && done > 0) {
      break;
    }
    HAPAX_TRY(part);
    done += *part;
  }
  return done;
}

/// As much as one block has, or all of the zeros behind the content.
Result<std::size_t> CompressedSegment::read_part(std::uint64_t position,
                                                 std::span<std::byte> into) const {
  if (position >= head_.content_bytes) {
    std::ranges::fill(into, std::byte{0});
    return into.size();
  }
  const auto block = position / head_.block_bytes;
  const auto inside = position % head_.block_bytes;
  const auto bytes = bytes_of(block);
  if (inside == 0 && into.size() >= bytes && loaded_ != block) {
    HAPAX_TRY(decompress(block, into.first(bytes)));
    return bytes;
  }
  HAPAX_TRY(load(block));
  const auto count = std::min<std::uint64_t>(into.size(), bytes - inside);
  std::ranges::copy(std::span(content_).subspan(inside, count), into.begin());
  return count;
}

std::uint64_t CompressedSegment::bytes_of(std::uint64_t block) const {
  return std::min<std::uint64_t>(head_.block_bytes,
                                 head_.content_bytes - block * head_.block_bytes);
}

Result<void> CompressedSegment::load(std::uint64_t block) const {
  if (loaded_ == block) {
    return {};
  }
  loaded_.reset();
  content_.resize(bytes_of(block));
  HAPAX_TRY(decompress(block, content_));
  loaded_ = block;
  return {};
}

Result<void> CompressedSegment::decompress(std::uint64_t block, std::span<std::byte> into) const {
  if (damaged_ == block) {
    return damaged(block, "its block was damaged when it was read before");
  }
  if (!zstd_) {
    HAPAX_ASSIGN(zstd_, ZstdDecompressor::make());
  }
  stored_.resize(head_.table[block]);
  HAPAX_ASSIGN(const auto got, file_->read_at(places_[block], stored_));
  auto read = zstd_->decompress(std::span<const std::byte>(stored_).first(got), into);
  if (!read && read.error().kind == ErrorKind::kCorrupt) {
    damaged_ = block;
    return damaged(block, read.error().message);
  }
  return read;
}

Error CompressedSegment::damaged(std::uint64_t block, const std::string& evidence) const {
  return damaged_frame(path_, block * head_.block_bytes,
                       fmt::format("{} bytes that are compressed from byte {} of the file on "
                                   "cannot be read: {}",
                                   bytes_of(block), places_[block], evidence));
}

Error CompressedSegment::read_only() const {
  return {.kind = ErrorKind::kInternal,
          .message = fmt::format("{} is compressed and takes no writes", path_)};
}

}  // namespace hapax
