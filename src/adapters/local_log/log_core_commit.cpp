// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <exception>

#include "adapters/local_log/log_core.hpp"
#include "record/event_wire.hpp"

namespace hapax {

using namespace log_format;  // NOLINT: this file is about the format.

Result<std::vector<Receipt>> LogCore::commit(std::span<const std::vector<PartitionRecords>> group) {
  if (failure_) {
    return *failure_;
  }
  frame_.clear();
  auto ends = ends_;
  std::vector<Receipt> receipts;
  receipts.reserve(group.size());
  std::uint64_t records = 0;
  for (const auto& append : group) {
    auto& receipt = receipts.emplace_back(Receipt{.log = id_});
    for (const auto& part : append) {
      auto& end = ends[part.partition.value()];
      const auto base_offset = end.offset;
      end.offset = advance(end.offset, part.record_count);
      end.digest.add(part.digest);
      frame_.add({.partition = part.partition,
                  .record_count = part.record_count,
                  .record_bytes = 0,
                  .base_offset = base_offset,
                  .digest_after = end.digest,
                  .is_control = false},
                 part.records, part.ids);
      receipt.ends.push_back({.partition = part.partition, .end = end.offset});
      records += part.record_count;
    }
  }
  HAPAX_TRY(write_frame(std::move(ends), records));
  return receipts;
}

Result<Receipt> LogCore::commit_control(std::string_view record) {
  if (failure_) {
    return *failure_;
  }
  auto controls = controls_;
  HAPAX_TRY(controls.take(record));
  std::string records;
  append_framed(record, records);
  frame_.clear();
  auto ends = ends_;
  Receipt receipt{.log = id_};
  for (std::uint32_t p = 0; p < ends.size(); ++p) {
    frame_.add({.partition = PartitionId(p),
                .record_count = 1,
                .record_bytes = 0,
                .base_offset = ends[p].offset,
                .digest_after = ends[p].digest,
                .is_control = true},
               records);
    ends[p].offset = advance(ends[p].offset, 1);
    receipt.ends.push_back({.partition = PartitionId(p), .end = ends[p].offset});
  }
  HAPAX_TRY(write_frame(std::move(ends), ends_.size()));
  controls_ = std::move(controls);
  catalog_.set_controls(controls_.records());
  return receipt;
}

Result<void> LogCore::commit_lost(const PartitionRecords& lost) {
  if (failure_) {
    return *failure_;
  }
  auto ends = ends_;
  auto& end = ends[lost.partition.value()];
  const auto base_offset = end.offset;
  end.offset = advance(base_offset, lost.record_count);
  end.digest.add(lost.digest);
  frame_.clear();
  frame_.add({.partition = lost.partition,
              .record_count = lost.record_count,
              .record_bytes = 0,
              .base_offset = base_offset,
              .digest_after = end.digest,
              .is_control = true},
             lost.records);
  return write_frame(std::move(ends), lost.record_count);
}

/// Makes what is in frame_ durable, `ends` is what the partitions then have come to.
Result<void> LogCore::write_frame(std::vector<PartitionStart> ends, std::uint64_t record_count) {
  const auto room = align_up(frame_.bytes()) + seal_bytes(ends_.size());
  if (position_ + room > active_bytes_) {
    if (auto rolled = roll(); !rolled) {
      return fail(std::move(rolled).error());
    }
    if (position_ + room > active_bytes_) {  // Larger than a segment: its file becomes longer.
      active_bytes_ = align_up(position_ + room, kPageBytes);
      catalog_.set_last_bytes(active_bytes_);
    }
  }
  const auto position = position_;
  if (auto written = write_and_sync(frame_.finish(generation_, position)); !written) {
    return fail(std::move(written).error());
  }
  ends_ = std::move(ends);
  catalog_.publish({generation_.sequence, position_}, end_offsets());
  keep_frame(position);
  ++stats_.groups;
  stats_.appended_records += record_count;
  return {};
}

/// For readers that are close behind; where there is no memory for it, they read the file.
void LogCore::keep_frame(std::uint64_t position) noexcept {
  try {
    spare_ = catalog_.recent_frames().add(generation_, position, frame_.release(std::move(spare_)));
  } catch (const std::exception&) {  // The next frame begins anew in any case.
  }
}

Result<void> LogCore::write_and_sync(const FrameBuilder::Finished& frame) {
  HAPAX_TRY(active_.file->write_at(position_, frame.bytes));
  const auto began = clock_.monotonic();
  if (auto synced = active_.file->sync(); !synced) {
    auto error = std::move(synced).error();
    error.kind = ErrorKind::kUnavailable;  // Even when the disk was full: what is there is unknown.
    return error;
  }
  const auto took = clock_.monotonic() - began;
  ++stats_.syncs;
  stats_.sync_time += took;
  stats_.sync_time_max = std::max(stats_.sync_time_max, took);
  stats_.appended_bytes += frame.end - position_;
  position_ = frame.end;
  sealed_ = false;
  return {};
}

Error LogCore::fail(Error error) {
  if (error.kind != ErrorKind::kExhausted) {
    failure_ = Error{.kind = ErrorKind::kUnavailable,
                     .message = "the event log is closed after an error: " + error.message,
                     .hint = "see to the disk, then restart"};
    return *failure_;
  }
  sealed_ = false;  // So that a seal that is to find out whether there is space writes one.
  return error;
}

}  // namespace hapax
