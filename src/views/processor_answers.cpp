// What the processor answers: queries, audit, changes, statistics. Reads the state, changes none.
#include "stream/minute_view.hpp"
#include "views/processor_core.hpp"

namespace hapax {

Result<bool> ProcessorCore::includes(const Receipt& receipt) const {
  bool all = true;
  for (const Receipt::End& end : receipt.ends) {
    if (end.partition.value() >= partitions_.size()) {
      return Error{ErrorKind::kInvalid,
                   "the receipt names partition " + std::to_string(end.partition.value()) + " of " +
                       std::to_string(partitions_.size()),
                   "pass the receipt as the batch's answer gave it"};
    }
    all = all && partitions_[end.partition.value()].processed >= end.end;
  }
  return all;
}

Result<ViewAnswer> ProcessorCore::query(const ViewQuery& query) const {
  if (failure_) {
    return Error{failure_->kind, "processing has stopped: " + failure_->message, failure_->hint};
  }
  ViewAnswer answer;
  answer.watermark = watermark_;
  answer.complete_until = MinuteView::cell_start(watermark_);
  HAPAX_ASSIGN(answer.cells, view_.query(query, watermark_));
  return answer;
}

AuditReport ProcessorCore::audit() const {
  AuditReport report;
  report.sources = books_.sources();
  const std::vector<Offset> ends = log_.end_offsets();
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const Partition& partition = partitions_[i];
    report.partitions.push_back({.partition = PartitionId(static_cast<std::uint32_t>(i)),
                                 .processed = partition.processed,
                                 .end = ends[i],
                                 .log_digest = partition.log_digest,
                                 .processed_digest = partition.processed_digest,
                                 .watermark = partition.watermark.value()});
  }
  return report;
}

std::string ProcessorCore::position_text() const {
  std::string text;
  for (const Receipt::End& at : offsets()) {
    if (at.end != Offset()) {
      text.append(text.empty() ? "" : " ").append(std::to_string(at.partition.value()));
      text.append(":").append(std::to_string(at.end.value()));
    }
  }
  return text.empty() ? std::string("the start") : text;
}

ViewAnswer ProcessorCore::take_changes() {
  ViewAnswer answer;
  answer.watermark = watermark_;
  answer.complete_until = MinuteView::cell_start(watermark_);
  answer.cells = view_.take_changes(watermark_);
  return answer;
}

ProcessorStats ProcessorCore::stats() const {
  ProcessorStats stats = counters_;
  stats.lag_records = lag_records_;
  stats.dedup = dedup_.stats();
  stats.hot_cells = view_.hot_cells();
  stats.view_bytes = view_.memory_bytes();
  stats.watermark = watermark_;
  stats.waiting_for_checkpoint = must_wait();
  stats.error = failure_ ? failure_->message : "";
  return stats;
}

}  // namespace hapax
