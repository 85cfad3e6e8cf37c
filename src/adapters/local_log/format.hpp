// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/event_log.hpp"

namespace hapax::log_format {

/// Bytes and rules: docs/formats/log.md. The rule numbers below are that page's.
constexpr std::uint32_t kVersion = 3;
/// The first one whose logs may have compressed segments; nothing else sets it apart from 2.
constexpr std::uint32_t kTwinsSinceVersion = 3;
constexpr std::size_t kHeaderBytes = 4096;
constexpr std::size_t kFrameHeaderBytes = 40;
constexpr std::size_t kBatchHeaderBytes = 40;
constexpr std::size_t kPartitionBytes = 24;  ///< Offset and digest, in headers and seals.
/// Frames start at multiples of it: what a disk writes as a whole, so that a new frame never shares
/// a sector with an acknowledged one, and so that a search for frames has few places to look.
constexpr std::size_t kAlignment = 512;
constexpr std::size_t kPageBytes = 4096;
constexpr std::uint32_t kPartitionsMax = 64;
/// Room of a segment header for the control records in force, their lengths included.
constexpr std::size_t kControlsBytesMax = 2488;
constexpr std::size_t kFrameBytesMax = 64U << 20U;

/// What a frame's checksum is bound to: this life of this file.
struct Generation {
  std::uint64_t sequence = 0;
  std::uint64_t salt = 0;

  friend bool operator==(const Generation&, const Generation&) = default;
};

struct SegmentHeader {
  Generation generation;
  std::uint64_t file_bytes = 0;  ///< Of the file when the segment became active.
  ProcessingTime created_at;
  std::vector<PartitionStart> partitions;
  std::uint64_t key_id = 0;           ///< Of the key that the digests are made with; 0: none.
  std::uint64_t previous_end = 0;     ///< Where the seal of the segment before begins; 0: none.
  std::vector<std::string> controls;  ///< In force where the segment begins, by kind.
  std::uint32_t version = kVersion;   ///< As it was read; what is written is of kVersion.
};

/// The controls must be at most kControlsBytesMax bytes, framed.
std::string encode_header(const SegmentHeader& header);
/// Errors, without the file's name: kCorrupt, what is wrong; kInvalid, another format version.
Result<SegmentHeader> decode_header(std::span<const std::byte> bytes);
/// Also of version 1, which knew neither keys nor control records: for repair.
Result<SegmentHeader> decode_header_of_any_version(std::span<const std::byte> bytes);

/// One batch inside a frame, before its records.
struct BatchHeader {
  PartitionId partition;
  std::uint32_t record_count = 0;
  std::uint32_t record_bytes = 0;
  Offset base_offset;
  Digest digest_after;
  bool is_control = false;
};

constexpr std::uint64_t align_up(std::uint64_t bytes, std::uint64_t alignment = kAlignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

/// The bytes of a seal, padding included.
constexpr std::uint64_t seal_bytes(std::size_t partition_count) {
  return align_up(kFrameHeaderBytes + partition_count * kPartitionBytes);
}

/// A frame as it was written, and what its writer knew of it that is not written.
struct WrittenFrame {
  std::string bytes = {};         ///< From its header on.
  std::vector<Hash128> ids = {};  ///< LogBatch::ids of all of its records, in their order; or none.

  std::size_t memory_bytes() const { return bytes.capacity() + ids.capacity() * sizeof(Hash128); }
};

/// Builds one frame: header, batches or the ends of a seal, padding up to the alignment.
class FrameBuilder {
 public:
  FrameBuilder() { clear(); }

  void clear();
  /// `ids`: as PartitionRecords::ids.
  void add(const BatchHeader& header, std::string_view records, std::span<const Hash128> ids = {});
  /// Makes it a seal: what all partitions have come to.
  void add_ends(std::span<const PartitionStart> ends);
  /// Ends the frame for `position` in the segment. The view is valid until the next call. Its bytes
  /// go on with zeros to the end of a page, so that the write never has to read the page's old
  /// rest.
  struct Finished {
    std::span<const std::byte> bytes;
    std::uint64_t end = 0;  ///< Where the next frame begins.
  };
  Finished finish(const Generation& generation, std::uint64_t position);
  /// The finished frame; the next one begins in the memory of `spare`.
  WrittenFrame release(WrittenFrame spare = {});

  std::uint32_t batch_count() const { return batch_count_; }
  std::size_t bytes() const { return buffer_.size(); }

 private:
  std::string buffer_;
  std::vector<Hash128> ids_;
  bool has_all_ids_ = true;
  std::uint32_t batch_count_ = 0;
};

struct FrameHeader {
  std::uint32_t crc = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t batch_count = 0;

  std::uint64_t frame_bytes() const { return align_up(kFrameHeaderBytes + payload_bytes); }
};

/// The header of a frame of this generation at `position`, if the fields say so (rules 3 to 5); its
/// checksum is not looked at yet.
std::optional<FrameHeader> decode_frame_header(std::span<const std::byte> bytes,
                                               const Generation& generation,
                                               std::uint64_t position);

/// The generation that a frame at `position` says it is of; nothing if there is none that looks
/// like one. For a segment whose header is lost.
std::optional<Generation> generation_at(std::span<const std::byte> bytes, std::uint64_t position);

/// Whether header and payload together have the checksum (rule 6). `frame` holds at least both.
bool frame_is_whole(const FrameHeader& header, std::span<const std::byte> frame);

/// The batches of a whole frame, views into it, and into `ids`, which are WrittenFrame::ids.
/// Errors: kCorrupt, a batch leads out of the frame; kInternal, `ids` are of other batches.
Result<std::vector<LogBatch>> decode_batches(const FrameHeader& header,
                                             std::span<const std::byte> frame,
                                             std::span<const Hash128> ids = {});

/// What a seal says that all partitions have come to. Errors: kCorrupt, it is of another number of
/// partitions.
Result<std::vector<PartitionStart>> decode_ends(const FrameHeader& header,
                                                std::span<const std::byte> frame,
                                                std::size_t partition_count);

/// "00000000000000000042.seg"
std::string segment_name(std::uint64_t sequence);
/// "00000000000000000042.seg.zst" is its twin: the same segment, compressed.
constexpr std::string_view kTwinSuffix = ".zst";
/// Of a raw segment; nothing for other names.
std::optional<std::uint64_t> sequence_of(std::string_view name);
constexpr std::string_view kSpareSuffix = ".spare";

}  // namespace hapax::log_format
