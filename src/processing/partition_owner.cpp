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

void PartitionOwner::take(std::span<KeyedEvent> events,
                          std::span<const ClockCorrection> corrections,
                          std::vector<EventStanding>& standings) {
  standings.clear();
  standings.reserve(events.size());
  for (KeyedEvent& event : events) {
    EventStanding& standing = standings.emplace_back();
    standing.closed_until = times_.take(event.event, corrections);
    if (!event.event.rejection) {
      standing.span = floor_.pass(times_.running(), times_.settings().dedup_window);
      standing.forgotten = floor_.value();
    }
  }
}

void PartitionOwner::follow(const Control& control) {
  if (control.settings) {
    // Under the former window: what was out of its reach by then may be forgotten already.
    const ProcessingTime running = times_.clock().running_time(control.received_at, control.epoch);
    floor_.pass(std::max(running, times_.running()), times_.settings().dedup_window);
  }
  times_.follow(control);
}

void PartitionOwner::end_batch(const LogBatch& batch, const Digest& digest,
                               std::span<const Verdict> verdicts) {
  decided_.verdicts.insert(decided_.verdicts.end(), verdicts.begin(), verdicts.end());
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
