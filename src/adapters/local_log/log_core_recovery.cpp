// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "adapters/local_log/log_core.hpp"
#include "adapters/local_log/segment_open.hpp"
#include "adapters/local_log/segment_scan.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

using namespace log_format;  // NOLINT: this file is about the format.

/// That `segment` ends in a seal where the header of the next one says, with the same account: all
/// that a start reads of old segments. Readers check every frame of what they read, and `hapax log
/// verify` all of it.
Result<void> check_end(const File& file, const SegmentInfo& segment, const SegmentHeader& next) {
  const auto at = next.previous_end;
  FrameScanner scanner(file, segment.header.generation, at);
  HAPAX_ASSIGN(const auto seal, scanner.next(at + seal_bytes(next.partitions.size())));
  if (!seal) {
    return damaged_frame(segment.path, at,
                         "there is no seal, but the log goes on in the next file");
  }
  const auto ends = decode_ends(seal->header, seal->bytes, next.partitions.size());
  if (!ends || *ends != next.partitions) {
    return damaged_frame(segment.path, at, "its end is not where the next file says it begins");
  }
  HAPAX_ASSIGN(const bool more, scanner.at_frame());
  if (more) {
    return damaged_frame(segment.path, scanner.position(),
                         "it goes on behind its end, beside the next file");
  }
  return {};
}

Result<std::uint64_t> bytes_on_disk(const std::string& path, Storage& storage) {
  HAPAX_ASSIGN(const auto file, storage.open(path, OpenMode::kRead));
  return file->size();
}

/// A segment is compressed when there is another one behind it.
Result<void> check_last(const std::deque<SegmentInfo>& segments) {
  if (segments.empty() || !is_twin(segments.back().path)) {
    return {};
  }
  const auto& last = segments.back();
  return Error{.kind = ErrorKind::kCorrupt,
               .message = fmt::format("{} is missing: {} is compressed, so that there was another "
                                      "one behind it",
                                      segment_name(last.header.generation.sequence + 1), last.path),
               .hint = "restore the missing file from a copy"};
}

std::string name_of_key(std::uint64_t key_id) {
  return key_id == 0 ? "none" : fmt::format("{:016x}", key_id);
}

}  // namespace

Result<void> check_settings(const SegmentHeader& header, const LocalLogSettings& settings) {
  if (header.partitions.size() != settings.partition_count) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("the log in {} has {} partitions, the settings say {}",
                                        settings.directory, header.partitions.size(),
                                        settings.partition_count),
                 .hint = fmt::format("set log.partitions to {}", header.partitions.size())};
  }
  if (header.key_id != settings.key_id) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("the log in {} was made with key {}, the key given is {}",
                                        settings.directory, name_of_key(header.key_id),
                                        name_of_key(settings.key_id)),
                 .hint = "supply the key that this folder was made with; no other fits its data"};
  }
  return {};
}

Result<std::deque<SegmentInfo>> LogCore::find_segments() {
  HAPAX_ASSIGN(const auto places, list_segments(settings_.directory, storage_));
  std::deque<SegmentInfo> segments;
  std::unique_ptr<File> previous;
  for (const auto& [sequence, path] : places) {
    HAPAX_ASSIGN(auto file, open_segment(path, storage_));
    HAPAX_ASSIGN(auto header, read_segment_header(*file, path, sequence));
    if (!segments.empty() && segments.back().header.generation.sequence + 1 != sequence) {
      return Error{.kind = ErrorKind::kCorrupt,
                   .message = fmt::format("{} is missing: the log goes from {} to {}",
                                          segment_name(sequence - 1), segments.back().path, path),
                   .hint = "restore the missing file from a copy"};
    }
    HAPAX_TRY(check_settings(header, settings_));
    if (previous) {
      HAPAX_TRY(check_end(*previous, segments.back(), header));
    }
    HAPAX_ASSIGN(const auto bytes, bytes_on_disk(path, storage_));
    previous = std::move(file);
    segments.push_back({.path = path, .header = std::move(header), .bytes = bytes});
  }
  HAPAX_TRY(check_last(segments));
  return segments;
}

Result<void> LogCore::recover_active(const std::deque<SegmentInfo>& segments) {
  std::vector<std::byte> last_frame;
  std::uint64_t last_position = 0;
  HAPAX_TRY(scan_active(segments.back(), last_frame, last_position));
  HAPAX_TRY(check_noted_end(segments));
  // After a process crash or a failed sync the page cache may hold a frame that the disk does not,
  // marked clean. Written again it is dirty again, and this sync means something (rows 17, 19).
  HAPAX_TRY(active_.file->write_at(last_position, last_frame));
  HAPAX_TRY(active_.file->sync());
  return storage_.sync_directory(settings_.directory);
}

/// Takes all whole frames of the last segment; refuses one that follows behind the end.
Result<void> LogCore::scan_active(const SegmentInfo& segment, std::vector<std::byte>& last_frame,
                                  std::uint64_t& last_position) {
  HAPAX_ASSIGN(active_.file, storage_.open(segment.path, OpenMode::kReadWrite));
  active_.path = segment.path;
  active_bytes_ = segment.header.file_bytes;
  generation_ = segment.header.generation;
  ends_ = segment.header.partitions;
  auto controls = controls_of(segment.header.controls);
  if (!controls) {
    return damaged_frame(segment.path, 0, controls.error().message);
  }
  controls_ = std::move(*controls);
  FrameScanner scanner(*active_.file, generation_, kHeaderBytes);
  while (true) {
    HAPAX_ASSIGN(const auto frame, scanner.next(segment.bytes));
    if (!frame) {
      break;
    }
    HAPAX_TRY(take_frame(segment.path, frame->position, frame->header, frame->bytes));
    last_frame.assign(frame->bytes.begin(), frame->bytes.end());
    last_position = frame->position;
  }
  position_ = scanner.position();
  HAPAX_ASSIGN(const auto later, find_frame(*active_.file, generation_, position_ + kAlignment));
  if (later) {
    return damaged_frame(segment.path, position_,
                         fmt::format("a whole frame follows at byte {}", *later));
  }
  return {};
}

/// What was durable once and is not there: a tail that looks torn, but was acknowledged.
Result<void> LogCore::check_noted_end(const std::deque<SegmentInfo>& segments) const {
  const auto& noted = end_file_->found();
  if (!noted) {
    return {};
  }
  const auto& path = segments.empty() ? settings_.directory : segments.back().path;
  for (const auto& segment : segments) {
    const auto& generation = segment.header.generation;
    if (generation.sequence == noted->generation.sequence && generation != noted->generation) {
      return damaged_frame(segment.path, 0,
                           "it is not the segment of this number that the file \"end\" knows");
    }
  }
  if (const auto missing = missing_records(*noted, ends_); missing > 0) {
    return damaged_frame(
        path, position_,
        fmt::format("{} records that were durable are missing: the log went to byte {} of {}",
                    missing, noted->position, segment_name(noted->generation.sequence)));
  }
  return {};
}

Result<void> LogCore::take_frame(const std::string& path, std::uint64_t position,
                                 const FrameHeader& header, std::span<const std::byte> bytes) {
  HAPAX_ASSIGN(const auto batches, decode_batches(header, bytes));
  for (const auto& batch : batches) {
    const auto partition = batch.partition.value();
    if (partition >= ends_.size() || ends_[partition].offset != batch.base_offset) {
      return damaged_frame(
          path, position,
          fmt::format("partition {} goes on at offset {}", partition, batch.base_offset.value()));
    }
    if (auto taken = batch.is_control ? take_controls(batch.records) : Result<void>(); !taken) {
      return damaged_frame(path, position, taken.error().message);
    }
    ends_[partition] = {.offset = advance(batch.base_offset, batch.record_count),
                        .digest = batch.digest_after};
  }
  return batches.empty() ? check_seal(path, position, header, bytes) : Result<void>();
}

Result<void> LogCore::check_seal(const std::string& path, std::uint64_t position,
                                 const FrameHeader& header, std::span<const std::byte> bytes) {
  const auto ends = decode_ends(header, bytes, ends_.size());
  if (!ends || *ends != ends_) {
    return damaged_frame(path, position, "a seal that does not say what is before it");
  }
  return {};
}

Result<void> LogCore::take_controls(std::string_view records) {
  while (!records.empty()) {
    HAPAX_ASSIGN(const auto record, take_framed(records));
    HAPAX_ASSIGN(const auto kind, control_kind(record));
    if (kind != kLostKind) {
      HAPAX_TRY(controls_.take(record));
    }
  }
  return {};
}

}  // namespace hapax
