// SPDX-License-Identifier: Apache-2.0
// What the processor tells: publications, audit, statistics.
#include <algorithm>
#include <utility>

#include "processing/processor_core.hpp"
#include "processing/source_audits.hpp"

namespace hapax {
Result<void> ProcessorCore::can_tell() const {
  if (failure_) {
    return Error{failure_->kind, "processing has stopped: " + failure_->message, failure_->hint};
  }
  if (superseded_) {
    return Error{ErrorKind::kUnavailable, "counts are made anew under the corrected clock",
                 "retry in a moment"};
  }
  return {};
}

Result<Publication> ProcessorCore::publish(std::span<const std::string> views) {
  HAPAX_TRY(can_tell());
  const bool continues = std::exchange(tells_changes_, false);
  Publication publication{.processed = {.log = log_.log_id(), .next = processed()},
                          .watermark = watermark_,
                          .continues = continues};
  if (!continues || tells_all_) {
    HAPAX_ASSIGN(publication.stored, store_.snapshot());
  }
  publication.views = views_.publish(views, watermark_, publication.stored != nullptr);
  told_processed_ = publication.processed.next;
  tells_all_ = false;
  tells_changes_ = true;  // Last: after an exception before it the next one begins anew.
  return publication;
}

Result<WholeRows> ProcessorCore::whole_rows(const WholeRowsQuery& query) {
  HAPAX_TRY(can_tell());
  HAPAX_ASSIGN(std::shared_ptr<const StateSnapshot> stored, store_.snapshot());
  HAPAX_ASSIGN(RowSnapshot rows, views_.whole_rows(query, watermark_, std::move(stored)));
  return WholeRows{.rows = std::move(rows), .watermark = watermark_};
}

Result<ViewBooks> ProcessorCore::books(std::string_view view) {
  HAPAX_TRY(can_tell());
  HAPAX_ASSIGN(std::shared_ptr<const StateSnapshot> stored, store_.snapshot());
  return views_.books(view, std::move(stored));
}

Result<GapReport> ProcessorCore::gaps(const GapQuery& query) const {
  HAPAX_TRY(can_tell());
  GapReport report = numbers_.report(query);
  report.lacks_beginning = std::ranges::any_of(
      owners_, [](const PartitionOwner& owner) { return owner.start() != Offset(0); });
  report.is_catching_up = !is_start_read();
  const std::vector<Offset> ends = log_.end_offsets();
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    report.behind_records += ends[i].value() - std::min(ends[i], owners_[i].processed()).value();
  }
  return report;
}

Result<GapDevicesMoment> ProcessorCore::gap_devices(const GapDevicesQuery& query) {
  HAPAX_TRY(can_tell());
  HAPAX_ASSIGN(std::shared_ptr<const StateSnapshot> stored, store_.snapshot());
  return numbers_.devices(query, std::move(stored));
}

bool ProcessorCore::has_news() {
  return failure_ || superseded_ || !tells_changes_ ||
         !std::ranges::equal(told_processed_, owners_, {}, {}, &PartitionOwner::processed) ||
         views_.has_news(watermark_);
}

void ProcessorCore::end_publishing() {
  tells_changes_ = false;
  views_.end_publishing();
}

AuditReport ProcessorCore::audit() const {
  AuditReport report;
  report.sources = books_.sources();
  const EventTally entered = block_.unique_before(entered_);
  report.views = views_.audit(unique_of(report.sources) - entered, block_);
  add_counted(counted_, report.sources);
  report.gaps = numbers_.audit();
  const std::vector<Offset> ends = log_.end_offsets();
  const std::vector<Offset> verdicts_from = verdicts_.stats().complete_from;
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    const PartitionOwner& owner = owners_[i];
    report.partitions.push_back({.partition = PartitionId(static_cast<std::uint32_t>(i)),
                                 .start = owner.start(),
                                 .processed = owner.processed(),
                                 .end = ends[i],
                                 .log_digest = owner.log_digest(),
                                 .processed_digest = owner.processed_digest(),
                                 .watermark = owner.times().watermark().value(),
                                 .window_full_from = owner.window_full_from(),
                                 .verdicts_from = verdicts_from[i]});
  }
  return report;
}

std::vector<Offset> ProcessorCore::processed() const {
  std::vector<Offset> processed;
  processed.reserve(owners_.size());
  for (const PartitionOwner& owner : owners_) {
    processed.push_back(owner.processed());
  }
  return processed;
}

/// Of all partitions up to there.
bool ProcessorCore::is_processed(std::span<const Offset> ends) const {
  return std::ranges::equal(owners_, ends, std::ranges::greater_equal(),
                            &PartitionOwner::processed);
}

ProcessorStats ProcessorCore::stats() const {
  ProcessorStats stats = counters_;
  stats.lag_records = lag_records_;
  stats.dedup = dedup_.stats();
  stats.hot_cells = views_.hot_cells();
  stats.view_bytes = views_.memory_bytes();
  views_.add_keys(stats);
  stats.numbered_devices_hot = numbers_.hot_devices();
  stats.numbered_device_bytes = numbers_.memory_bytes();
  stats.watermark = watermark_;
  for (const PartitionOwner& owner : owners_) {
    stats.window_full_from = std::max(stats.window_full_from, owner.window_full_from());
  }
  for (const Receipt::End& covered : base_) {
    stats.base_records += static_cast<std::uint64_t>(covered.end.value());
  }
  stats.waiting_for_checkpoint = must_wait();
  stats.step_error = step_error_ ? step_error_->text() : "";
  stats.error = failure_ ? failure_->message : "";
  return stats;
}

}  // namespace hapax
