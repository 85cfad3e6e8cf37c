// SPDX-License-Identifier: Apache-2.0
#include "processing/partition_owner.hpp"

#include <algorithm>

#include "core/time_math.hpp"

namespace hapax {

void PartitionOwner::begin_at(const PartitionStart& start, const ResultSettings& settings,
                              const ClockState& clock) {
  start_ = start.offset;
  processed_ = start.offset;
  log_digest_ = start.digest;
  processed_digest_ = start.digest;
  times_.set(settings);
  times_.begin_at(clock);
}

std::optional<ProcessingTime> PartitionOwner::window_full_from() const {
  return floor_.value() == ProcessingTime::min()
             ? std::nullopt
             : std::optional(saturating_add(floor_.holds_in_full(times_.settings().dedup_window),
                                            times_.clock().lag));
}

const TimeSpan& PartitionOwner::arrive(const Stamp& stamp, const EventView& event) {
  times_.arrive(stamp, event);
  return floor_.pass(times_.running(), times_.settings().dedup_window);
}

void PartitionOwner::leave(const Stamp& stamp, const EventView& event, Verdict verdict) {
  decided_.verdicts.push_back(verdict);
  times_.pass(stamp, event);
}

void PartitionOwner::follow(const Control& control) {
  if (control.settings) {
    // Under the former window: what was out of its reach by then may be forgotten already.
    const ProcessingTime running = times_.clock().running_time(control.received_at, control.epoch);
    floor_.pass(std::max(running, times_.running()), times_.settings().dedup_window);
    times_.set(*control.settings);
  }
  if (control.clock) {
    times_.set(*control.clock);
  }
}

void PartitionOwner::end_batch(const LogBatch& batch, const Digest& digest) {
  if (batch.is_control) {
    decided_.verdicts.resize(decided_.verdicts.size() + batch.record_count, Verdict::kControl);
  }
  processed_digest_.add(digest);
  processed_ = advance(batch.base_offset, batch.record_count);
  log_digest_ = batch.digest_after;
}

void PartitionOwner::published() {
  decided_.base = decided_.end();
  decided_.verdicts.clear();
}

std::uint64_t PartitionOwner::look_at_end(Offset end) {
  const std::uint64_t behind = end.value() - std::min(end, processed_).value();
  caught_up_ = behind == 0;
  return behind;
}

void PartitionOwner::encode(ByteWriter& out) const {
  out.put_u64(start_.value());
  out.put_u64(processed_.value());
  out.put_digest(log_digest_);
  out.put_digest(processed_digest_);
  times_.encode_watermarks(out);
  out.put_time(floor_.value());
}

Result<void> PartitionOwner::restore(ByteReader& in) {
  start_ = Offset(in.u64());
  processed_ = Offset(in.u64());
  log_digest_ = in.digest();
  processed_digest_ = in.digest();
  HAPAX_TRY(times_.restore_watermarks(in));
  floor_ = ForgetFloor::restored(in.processing_time());
  return {};
}

}  // namespace hapax
