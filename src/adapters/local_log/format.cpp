// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include "adapters/local_log/fixed_bytes.hpp"
#include "hash/hash.hpp"
#include "record/event_wire.hpp"

namespace hapax::log_format {
namespace {

constexpr std::string_view kSegmentMagic = "HAPAXLOG";
constexpr std::uint32_t kFrameMagic = 0x58504148;  // "HAPX"
constexpr std::size_t kHeaderCrcAt = 8;
constexpr std::size_t kPartitionsAt = 64;
constexpr std::size_t kPreviousEndAt = kPartitionsAt + kPartitionsMax * kPartitionBytes;
constexpr std::size_t kControlsAt = kPreviousEndAt + 8;
constexpr std::size_t kFrameCrcAt = 4;
constexpr std::size_t kFrameCrcEnd = 8;
constexpr std::uint32_t kControlFlag = 1;

static_assert(kControlsAt + kControlsBytesMax == kHeaderBytes);

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Error other_version(std::uint32_t version) {
  const bool old = version < kVersion;
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("it is of format version {}, which {} hapax wrote; this one reads "
                                 "versions 2 to {}",
                                 version, old ? "an older" : "a newer", kVersion),
          .hint = old ? "go on with the hapax that wrote it, or copy its records: hapax log verify "
                        "--repair"
                      : "use the hapax that wrote it"};
}

void put_partitions(std::string& buffer, std::size_t at,
                    std::span<const PartitionStart> partitions) {
  for (const auto& partition : partitions) {
    put(buffer, at, partition.offset.value());
    put(buffer, at + 8, partition.digest.sum().low);
    put(buffer, at + 16, partition.digest.sum().high);
    at += kPartitionBytes;
  }
}

std::vector<PartitionStart> get_partitions(std::span<const std::byte> bytes, std::size_t count) {
  std::vector<PartitionStart> partitions;
  for (std::size_t at = 0; at < count * kPartitionBytes; at += kPartitionBytes) {
    partitions.push_back(
        {.offset = Offset(get<std::uint64_t>(bytes, at)),
         .digest = {get<std::uint64_t>(bytes, at + 8), get<std::uint64_t>(bytes, at + 16)}});
  }
  return partitions;
}

Result<std::vector<std::string>> get_controls(std::span<const std::byte> header,
                                              std::uint32_t byte_count) {
  if (byte_count > kControlsBytesMax) {
    return corrupt(fmt::format("{} bytes of control records", byte_count));
  }
  auto framed = as_text(header.subspan(kControlsAt, byte_count));
  std::vector<std::string> controls;
  while (!framed.empty()) {
    HAPAX_ASSIGN(const auto control, take_framed(framed));
    controls.emplace_back(control);
  }
  return controls;
}

}  // namespace

std::string encode_header(const SegmentHeader& header) {
  std::string controls;
  for (const auto& control : header.controls) {
    append_framed(control, controls);
  }
  assert(controls.size() <= kControlsBytesMax);
  std::string buffer(kHeaderBytes, '\0');
  kSegmentMagic.copy(buffer.data(), kSegmentMagic.size());
  put(buffer, 12, kVersion);
  put(buffer, 16, header.generation.sequence);
  put(buffer, 24, header.generation.salt);
  put(buffer, 32, header.file_bytes);
  put(buffer, 40, to_micros(header.created_at));
  put(buffer, 48, static_cast<std::uint32_t>(header.partitions.size()));
  put(buffer, 52, static_cast<std::uint32_t>(controls.size()));
  put(buffer, 56, header.key_id);
  put(buffer, kPreviousEndAt, header.previous_end);
  put_partitions(buffer, kPartitionsAt, header.partitions);
  controls.copy(buffer.data() + kControlsAt, controls.size());
  put(buffer, kHeaderCrcAt, crc32c(as_span(buffer).subspan(kHeaderCrcAt + 4)));
  return buffer;
}

namespace {

Result<SegmentHeader> decode_header_from(std::uint32_t oldest_version,
                                         std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes) {
    return corrupt(fmt::format("the header is cut off after {} bytes", bytes.size()));
  }
  bytes = bytes.first(kHeaderBytes);
  if (as_text(bytes).substr(0, kSegmentMagic.size()) != kSegmentMagic) {
    return corrupt("this is not a segment of the event log");
  }
  if (get<std::uint32_t>(bytes, kHeaderCrcAt) != crc32c(bytes.subspan(kHeaderCrcAt + 4))) {
    return corrupt("checksum mismatch in the header");
  }
  // What version 2 added was zero in version 1, and means that there is none.
  const auto version = get<std::uint32_t>(bytes, 12);
  if (version < oldest_version || version > kVersion) {
    return other_version(version);
  }
  const auto partition_count = get<std::uint32_t>(bytes, 48);
  if (partition_count == 0 || partition_count > kPartitionsMax) {
    return corrupt(fmt::format("{} partitions", partition_count));
  }
  HAPAX_ASSIGN(auto controls, get_controls(bytes, get<std::uint32_t>(bytes, 52)));
  return SegmentHeader{.generation = {.sequence = get<std::uint64_t>(bytes, 16),
                                      .salt = get<std::uint64_t>(bytes, 24)},
                       .file_bytes = get<std::uint64_t>(bytes, 32),
                       .created_at = processing_time_from_micros(get<std::int64_t>(bytes, 40)),
                       .partitions = get_partitions(bytes.subspan(kPartitionsAt), partition_count),
                       .key_id = get<std::uint64_t>(bytes, 56),
                       .previous_end = get<std::uint64_t>(bytes, kPreviousEndAt),
                       .controls = std::move(controls),
                       .version = version};
}

}  // namespace

Result<SegmentHeader> decode_header(std::span<const std::byte> bytes) {
  return decode_header_from(2, bytes);
}

Result<SegmentHeader> decode_header_of_any_version(std::span<const std::byte> bytes) {
  return decode_header_from(1, bytes);
}

void FrameBuilder::clear() {
  buffer_.assign(kFrameHeaderBytes, '\0');
  ids_.clear();
  has_all_ids_ = true;
  batch_count_ = 0;
}

void FrameBuilder::add(const BatchHeader& header, std::string_view records,
                       std::span<const Hash128> ids) {
  const auto at = buffer_.size();
  buffer_.resize(at + kBatchHeaderBytes);
  put(buffer_, at, header.partition.value());
  put(buffer_, at + 4, header.record_count);
  put(buffer_, at + 8, static_cast<std::uint32_t>(records.size()));
  put(buffer_, at + 12, header.is_control ? kControlFlag : std::uint32_t{0});
  put(buffer_, at + 16, header.base_offset.value());
  put(buffer_, at + 24, header.digest_after.sum().low);
  put(buffer_, at + 32, header.digest_after.sum().high);
  buffer_ += records;
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  has_all_ids_ = has_all_ids_ && ids.size() == header.record_count;
  ++batch_count_;
}

void FrameBuilder::add_ends(std::span<const PartitionStart> ends) {
  const auto at = buffer_.size();
  buffer_.resize(at + ends.size() * kPartitionBytes);
  put_partitions(buffer_, at, ends);
}

FrameBuilder::Finished FrameBuilder::finish(const Generation& generation, std::uint64_t position) {
  const auto payload_bytes = static_cast<std::uint32_t>(buffer_.size() - kFrameHeaderBytes);
  put(buffer_, 0, kFrameMagic);
  put(buffer_, 8, generation.sequence);
  put(buffer_, 16, generation.salt);
  put(buffer_, 24, position);
  put(buffer_, 32, payload_bytes);
  put(buffer_, 36, batch_count_);
  put(buffer_, kFrameCrcAt, crc32c(as_span(buffer_).subspan(kFrameCrcEnd)));
  const auto end = position + align_up(buffer_.size());
  buffer_.resize(align_up(end, kPageBytes) - position, '\0');
  return {.bytes = as_span(buffer_), .end = end};
}

WrittenFrame FrameBuilder::release(WrittenFrame spare) {
  if (!has_all_ids_) {
    ids_.clear();
  }
  std::swap(buffer_, spare.bytes);
  std::swap(ids_, spare.ids);
  clear();
  return spare;
}

std::optional<FrameHeader> decode_frame_header(std::span<const std::byte> bytes,
                                               const Generation& generation,
                                               std::uint64_t position) {
  if (bytes.size() < kFrameHeaderBytes || get<std::uint32_t>(bytes, 0) != kFrameMagic ||
      get<std::uint64_t>(bytes, 8) != generation.sequence ||
      get<std::uint64_t>(bytes, 16) != generation.salt ||
      get<std::uint64_t>(bytes, 24) != position) {
    return std::nullopt;
  }
  const FrameHeader header{.crc = get<std::uint32_t>(bytes, kFrameCrcAt),
                           .payload_bytes = get<std::uint32_t>(bytes, 32),
                           .batch_count = get<std::uint32_t>(bytes, 36)};
  if (header.payload_bytes > kFrameBytesMax) {
    return std::nullopt;
  }
  return header;
}

std::optional<Generation> generation_at(std::span<const std::byte> bytes, std::uint64_t position) {
  if (bytes.size() < kFrameHeaderBytes) {
    return std::nullopt;
  }
  const Generation generation{.sequence = get<std::uint64_t>(bytes, 8),
                              .salt = get<std::uint64_t>(bytes, 16)};
  return decode_frame_header(bytes, generation, position) ? std::optional(generation)
                                                          : std::nullopt;
}

bool frame_is_whole(const FrameHeader& header, std::span<const std::byte> frame) {
  const auto covered = kFrameHeaderBytes + header.payload_bytes;
  return frame.size() >= covered &&
         header.crc == crc32c(frame.subspan(kFrameCrcEnd, covered - kFrameCrcEnd));
}

namespace {

/// To each batch those of its records.
Result<void> deal_out(std::span<const Hash128> ids, std::span<LogBatch> batches) {
  if (ids.empty()) {
    return {};
  }
  for (LogBatch& batch : batches) {
    batch.ids = ids.first(std::min<std::size_t>(batch.record_count, ids.size()));
    ids = ids.subspan(batch.ids.size());
    if (batch.ids.size() != batch.record_count) {
      return Error{ErrorKind::kInternal, "a frame in memory has hashes of fewer records"};
    }
  }
  return ids.empty() ? Result<void>()
                     : Error{ErrorKind::kInternal, "a frame in memory has hashes of more records"};
}

}  // namespace

Result<std::vector<LogBatch>> decode_batches(const FrameHeader& header,
                                             std::span<const std::byte> frame,
                                             std::span<const Hash128> ids) {
  auto rest = frame.subspan(kFrameHeaderBytes, header.payload_bytes);
  std::vector<LogBatch> batches;
  batches.reserve(std::min<std::size_t>(header.batch_count, rest.size() / kBatchHeaderBytes));
  for (std::uint32_t i = 0; i < header.batch_count; ++i) {
    if (rest.size() < kBatchHeaderBytes) {
      return corrupt(fmt::format("batch {} of {} leads out of its frame", i, header.batch_count));
    }
    const auto record_bytes = get<std::uint32_t>(rest, 8);
    if (rest.size() - kBatchHeaderBytes < record_bytes) {
      return corrupt(fmt::format("batch {} of {} leads out of its frame", i, header.batch_count));
    }
    batches.push_back({.partition = PartitionId(get<std::uint32_t>(rest, 0)),
                       .base_offset = Offset(get<std::uint64_t>(rest, 16)),
                       .record_count = get<std::uint32_t>(rest, 4),
                       .digest_after = {get<std::uint64_t>(rest, 24), get<std::uint64_t>(rest, 32)},
                       .is_control = (get<std::uint32_t>(rest, 12) & kControlFlag) != 0,
                       .records = as_text(rest.subspan(kBatchHeaderBytes, record_bytes))});
    rest = rest.subspan(kBatchHeaderBytes + record_bytes);
  }
  HAPAX_TRY(deal_out(ids, batches));
  return batches;
}

Result<std::vector<PartitionStart>> decode_ends(const FrameHeader& header,
                                                std::span<const std::byte> frame,
                                                std::size_t partition_count) {
  if (header.batch_count != 0 || header.payload_bytes != partition_count * kPartitionBytes) {
    return corrupt(fmt::format("it is no seal of {} partitions", partition_count));
  }
  return get_partitions(frame.subspan(kFrameHeaderBytes), partition_count);
}

std::string segment_name(std::uint64_t sequence) {
  return fmt::format("{:020}.seg", sequence);
}

std::optional<std::uint64_t> sequence_of(std::string_view name) {
  constexpr std::string_view kSuffix = ".seg";
  std::uint64_t sequence = 0;
  if (!name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  name.remove_suffix(kSuffix.size());
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), sequence);
  if (failure != std::errc() || end != name.data() + name.size() || name.size() != 20) {
    return std::nullopt;
  }
  return sequence;
}

}  // namespace hapax::log_format
