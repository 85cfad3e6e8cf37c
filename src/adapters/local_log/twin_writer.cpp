// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/twin_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "adapters/local_log/compressed_segment.hpp"
#include "adapters/local_log/fixed_bytes.hpp"
#include "adapters/local_log/zstd_codec.hpp"

namespace hapax {

using namespace twin_format;  // NOLINT: this file is about the format.
using log_format::as_span;

namespace {

/// So little is written without a sync that one of an append does not wait long behind it.
constexpr std::uint64_t kUnsyncedBytesMax = 1U << 20U;

Result<void> read_exactly(const File& file, std::uint64_t position, std::span<std::byte> into) {
  HAPAX_ASSIGN(const auto got, file.read_at(position, into));
  if (got == into.size()) {
    return {};
  }
  return Error{.kind = ErrorKind::kCorrupt,
               .message = fmt::format("it ends at byte {}", position + got)};
}

class TwinWriter {
 public:
  TwinWriter(const File& raw, File& twin, ZstdCompressor zstd)
      : raw_(raw), twin_(twin), zstd_(std::move(zstd)) {}

  /// The head comes last: what is interrupted is no twin.
  Result<std::uint64_t> write(Head head, const IsStopped& stopped) {
    const auto blocks = block_count(head.content_bytes, head.block_bytes);
    position_ = synced_ = head_bytes(blocks);
    for (std::uint64_t block = 0; block < blocks; ++block) {
      if (stopped()) {
        return std::uint64_t{0};
      }
      const auto begin = block * head.block_bytes;
      HAPAX_ASSIGN(const auto bytes,
                   write_block(begin, std::min<std::uint64_t>(head.block_bytes,
                                                              head.content_bytes - begin)));
      head.table.push_back(static_cast<std::uint32_t>(bytes));
    }
    HAPAX_TRY(twin_.write_at(0, as_span(encode_front(head))));
    HAPAX_TRY(twin_.write_at(position_, as_span(encode_back(head))));
    HAPAX_TRY(twin_.sync());
    return position_ + head_bytes(blocks);
  }

 private:
  Result<std::size_t> write_block(std::uint64_t begin, std::uint64_t bytes) {
    content_.resize(bytes);
    stored_.resize(zstd_bytes_max(bytes));
    HAPAX_TRY(read_exactly(raw_, begin, content_));
    HAPAX_ASSIGN(const auto count, zstd_.compress(content_, stored_));
    HAPAX_TRY(twin_.write_at(position_, std::span<const std::byte>(stored_).first(count)));
    position_ += count;
    if (position_ - synced_ >= kUnsyncedBytesMax) {
      HAPAX_TRY(twin_.sync());
      synced_ = position_;
    }
    return count;
  }

  const File& raw_;
  File& twin_;
  ZstdCompressor zstd_;
  std::vector<std::byte> content_;
  std::vector<std::byte> stored_;
  std::uint64_t position_ = 0;
  std::uint64_t synced_ = 0;
};

/// Whether a head says what it must.
Result<void> check_head(const Head& head, const TwinSource& source, std::uint64_t raw_bytes) {
  if (head.generation == source.generation && head.content_bytes == source.content_bytes &&
      head.raw_bytes == raw_bytes) {
    return {};
  }
  return Error{.kind = ErrorKind::kCorrupt, .message = "it says that it is another one"};
}

Result<bool> compare(const File& raw, const CompressedSegment& segment, const IsStopped& stopped) {
  const auto& head = segment.head();
  std::vector<std::byte> expected(head.block_bytes);
  std::vector<std::byte> read(head.block_bytes);
  for (std::uint64_t at = 0; at < head.content_bytes; at += head.block_bytes) {
    if (stopped()) {
      return false;
    }
    const auto bytes = std::min<std::uint64_t>(head.block_bytes, head.content_bytes - at);
    HAPAX_TRY(read_exactly(raw, at, std::span(expected).first(bytes)));
    HAPAX_TRY(read_exactly(segment, at, std::span(read).first(bytes)));
    if (!std::ranges::equal(std::span(expected).first(bytes), std::span(read).first(bytes))) {
      return Error{.kind = ErrorKind::kCorrupt,
                   .message = fmt::format("it differs within {} bytes from byte {}", bytes, at)};
    }
  }
  return true;
}

}  // namespace

Result<std::uint64_t> write_twin(const File& raw, const TwinSource& source, File& twin,
                                 const IsStopped& stopped) {
  HAPAX_ASSIGN(auto zstd, ZstdCompressor::make(source.level));
  HAPAX_ASSIGN(const auto raw_bytes, raw.size());
  Head head{.generation = source.generation,
            .raw_bytes = raw_bytes,
            .content_bytes = source.content_bytes,
            .block_bytes = source.block_bytes};
  return TwinWriter(raw, twin, std::move(zstd)).write(std::move(head), stopped);
}

Result<bool> verify_twin(const File& raw, const TwinSource& source, const std::string& path,
                         Storage& storage, const IsStopped& stopped) {
  HAPAX_ASSIGN(auto file, storage.open(path, OpenMode::kRead));
  HAPAX_ASSIGN(const auto segment, CompressedSegment::open(path, std::move(file)));
  HAPAX_ASSIGN(const auto raw_bytes, raw.size());
  HAPAX_TRY(check_head(segment->head(), source, raw_bytes));
  return compare(raw, *segment, stopped);
}

}  // namespace hapax
