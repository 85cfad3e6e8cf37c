// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/local_log/log_core.hpp"
#include "adapters/local_log/segment_compressor.hpp"
#include "adapters/local_log/segment_open.hpp"
#include "adapters/local_log/segment_reader.hpp"
#include "adapters/local_log/twin_writer.hpp"
#include "adapters/local_log/verify.hpp"
#include "hash/hash.hpp"
#include "record/event_wire.hpp"
#include "testing/crash_storage.hpp"
#include "testing/scripted_log.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"

namespace hapax {

constexpr std::string_view kLogDirectory = "data/log";

/// Small segments, so that few appends roll, retire and recycle them.
inline LocalLogSettings small_log_settings() {
  LocalLogSettings settings;
  settings.directory = kLogDirectory;
  settings.partition_count = 3;
  settings.segment_bytes = 16U << 10U;
  settings.retention_bytes = 3 * settings.segment_bytes;
  settings.retention_age = std::chrono::hours(1);
  settings.compress = false;  // A test says when.
  return settings;
}

/// One record with this message id and so many bytes of properties.
inline PartitionRecords one_record(std::uint32_t partition, const std::string& message_id,
                                   std::size_t bytes = 10) {
  const std::string properties(bytes, 'x');
  EventView event;
  event.source = "s";
  event.message_id = message_id;
  event.type = EventType::kTrack;
  event.properties = properties;
  return records_of(PartitionId(partition), {event});
}

inline std::string name_of_record(std::string_view record) {
  const auto event = decode_event(record).value();
  const auto control = decode_control(event.control);
  return control ? std::string(control->kind).append("=").append(control->value)
                 : std::string(event.message_id);
}

/// The message ids in `batches`, in their order; a control record's kind and value, "kind=value".
inline void add_message_ids(std::span<const LogBatch> batches, std::vector<std::string>& ids) {
  for (const auto& batch : batches) {
    auto records = batch.records;
    while (!records.empty()) {
      ids.push_back(name_of_record(take_framed(records).value()));
    }
  }
}

inline std::vector<Receipt::End> ends_of(const std::vector<Offset>& offsets) {
  std::vector<Receipt::End> ends;
  for (std::uint32_t p = 0; p < offsets.size(); ++p) {
    ends.push_back({PartitionId(p), offsets[p]});
  }
  return ends;
}

/// The offsets at which the retained log begins.
inline std::vector<Offset> start_offsets(const LogCore& core) {
  std::vector<Offset> offsets;
  const auto snapshot = core.catalog().snapshot();
  for (const auto& partition : snapshot.segments.front().header.partitions) {
    offsets.push_back(partition.offset);
  }
  return offsets;
}

/// Every retained message id in log order, as a reader meets it. Errors: the reader's.
inline Result<std::vector<std::string>> read_all(const LogCore& core, Storage& storage) {
  HAPAX_ASSIGN(const auto reader,
               SegmentReader::open(ends_of(start_offsets(core)), core.catalog(), storage));
  std::vector<std::string> ids;
  while (true) {
    HAPAX_ASSIGN(const auto batches, reader->poll(1));
    if (batches.empty()) {
      return ids;
    }
    add_message_ids(batches, ids);
  }
}

/// All of it, by the hash that one_record() takes.
inline Result<VerifyReport> verify_all(Storage& storage) {
  return verify_log(std::string(kLogDirectory), storage, {.id_hash = id_hash_of(IdHasher())});
}

/// A segment file as a test wants it, also one that no writer would make.
class HandmadeSegment {
 public:
  HandmadeSegment(std::uint64_t sequence, std::vector<PartitionStart> starts,
                  std::uint64_t previous_end = 0)
      : header_{.generation = {.sequence = sequence, .salt = 100 + sequence},
                .file_bytes = small_log_settings().segment_bytes,
                .created_at = {},
                .partitions = std::move(starts),
                .previous_end = previous_end,
                .controls = {}},
        ends_(header_.partitions),
        content_(log_format::encode_header(header_)) {}

  /// A frame with one batch, which begins where the partition is unless `base_offset` says another.
  void add(const PartitionRecords& part, std::optional<Offset> base_offset = {}) {
    auto& end = ends_[part.partition.value()];
    end.digest.add(part.digest);
    log_format::FrameBuilder frame;
    const auto base = base_offset.value_or(end.offset);
    frame.add({.partition = part.partition,
               .record_count = part.record_count,
               .record_bytes = 0,
               .base_offset = base,
               .digest_after = end.digest,
               .is_control = false},
              part.records);
    end.offset = advance(base, part.record_count);
    append(frame);
  }
  /// Where it begins.
  std::uint64_t seal() {
    const auto position = content_.size();
    log_format::FrameBuilder frame;
    frame.add_ends(ends_);
    append(frame);
    return position;
  }

  const std::vector<PartitionStart>& ends() const { return ends_; }
  SegmentInfo info() const {
    return {.path = std::string(kLogDirectory) + "/" +
                    log_format::segment_name(header_.generation.sequence),
            .header = header_,
            .bytes = header_.file_bytes};
  }
  std::uint64_t end() const { return content_.size(); }
  void put_into(CrashStorage& storage) const {
    EXPECT_TRUE(storage.create_directories(std::string(kLogDirectory)));
    auto content = content_;
    content.resize(header_.file_bytes);
    storage.set_content(info().path, content);
  }

 private:
  void append(log_format::FrameBuilder& frame) {
    const auto position = content_.size();
    const auto finished = frame.finish(header_.generation, position);
    content_.append(reinterpret_cast<const char*>(finished.bytes.data()), finished.bytes.size());
    content_.resize(finished.end);
  }

  const log_format::SegmentHeader header_;
  std::vector<PartitionStart> ends_;
  std::string content_;
};

/// The writing side of a log on a disk in memory.
struct LogHarness {
  explicit LogHarness(DiskImage image = {}, std::uint64_t seed = 1)
      : storage(std::move(image)), random(seed) {}

  Result<void> open() {
    compressor.reset();
    core.reset();
    HAPAX_ASSIGN(core, LogCore::open(settings, storage, clock, random));
    compressor.emplace(settings.directory, core->catalog(), core->files(), storage, clock);
    return {};
  }
  /// Every sealed segment, and takes away the raw files that nobody reads.
  Result<void> compress() {
    while (true) {
      HAPAX_ASSIGN(const auto outcome, compressor->compress_next());
      HAPAX_TRY(compressor->recycle_raw());
      if (outcome != SegmentCompressor::Outcome::kCompressed) {
        return {};
      }
    }
  }
  Result<std::vector<Receipt>> commit(std::vector<PartitionRecords> append) {
    const std::vector<std::vector<PartitionRecords>> group{std::move(append)};
    return core->commit(group);
  }
  /// One record for partition 0.
  Result<void> commit_one(const std::string& message_id, std::size_t bytes = 10) {
    HAPAX_TRY(commit({one_record(0, message_id, bytes)}));
    return {};
  }
  Result<void> commit_control(std::string_view kind, std::string_view value) {
    HAPAX_TRY(core->commit_control(control_record(kind, value)));
    return {};
  }
  /// Drops what one reader has released and the settings do not keep.
  Result<void> retain(std::vector<Offset> released) {
    const std::vector<RetentionClaim> claims{{.released = std::move(released)}};
    return core->retain(claims);
  }
  Result<void> retain() { return retain(core->catalog().end_offsets()); }
  std::vector<std::string> ids() { return read_all(*core, storage).value(); }
  std::string active_path() const { return core->catalog().snapshot().segments.back().path; }

  LocalLogSettings settings = small_log_settings();
  CrashStorage storage;
  StillClock clock;
  SeededRandom random;
  std::unique_ptr<LogCore> core;
  std::optional<SegmentCompressor> compressor;
};

/// Puts a twin with blocks of this size in the place of each sealed segment on a disk without a
/// log. Returns their paths.
inline std::vector<std::string> compress_in_blocks(CrashStorage& storage,
                                                   std::uint32_t block_bytes) {
  const auto segments = list_segments(std::string(kLogDirectory), storage).value();
  std::vector<std::string> twins;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    const auto header = [&storage](const SegmentPlace& segment) {
      const auto file = storage.open(segment.path, OpenMode::kRead).value();
      return read_segment_header(*file, segment.path, segment.sequence).value();
    };
    const auto raw_header = header(segments[i]);
    const auto content_bytes =
        header(segments[i + 1]).previous_end + log_format::seal_bytes(raw_header.partitions.size());
    twins.push_back(twin_of(segments[i].path));
    const auto raw = storage.open(segments[i].path, OpenMode::kRead).value();
    const auto twin = storage.open(twins.back(), OpenMode::kCreateNew).value();
    EXPECT_TRUE(write_twin(*raw,
                           {.generation = raw_header.generation,
                            .content_bytes = content_bytes,
                            .block_bytes = block_bytes},
                           *twin, [] { return false; }));
    EXPECT_TRUE(storage.unlink(segments[i].path));
  }
  return twins;
}

}  // namespace hapax
