// SPDX-License-Identifier: Apache-2.0
// What the processor answers: queries, audit, changes, statistics. Reads the state, changes none.
#include <algorithm>
#include <iterator>
#include <utility>

#include "processing/processor_core.hpp"
#include "views/minute_view.hpp"

namespace hapax {
namespace {

// Both accounts of a source, also when only one of them knows it: then the books do not balance.
void add_counted(const CountedBySource& counted, std::vector<SourceAudit>& sources) {
  for (const auto& [name, events] : counted) {
    auto at = std::ranges::lower_bound(sources, name, {}, &SourceAudit::source);
    if (at == sources.end() || at->source != name) {
      at = sources.insert(at, SourceAudit());
      at->source = name;
    }
    at->counted = events.count;
    at->counted_digest = events.digest;
  }
}

}  // namespace

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
  if (superseded_) {
    return Error{ErrorKind::kUnavailable, "counts are made anew under the corrected clock",
                 "retry in a moment"};
  }
  ViewAnswer answer = answer_without_cells();
  HAPAX_ASSIGN(CellPage page, view_.query(query, watermark_));
  answer.cells = std::move(page.cells);
  answer.next = std::move(page.next);
  if (answer.cells.empty() && !answer.next && !query.behind) {
    answer.newest = books_.newest(query.source);
  }
  return answer;
}

AuditReport ProcessorCore::audit() const {
  AuditReport report;
  report.sources = books_.sources();
  add_counted(view_.counted(), report.sources);
  const std::vector<Offset> ends = log_.end_offsets();
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const Partition& partition = partitions_[i];
    report.partitions.push_back({.partition = PartitionId(static_cast<std::uint32_t>(i)),
                                 .start = partition.start,
                                 .processed = partition.processed,
                                 .end = ends[i],
                                 .log_digest = partition.log_digest,
                                 .processed_digest = partition.processed_digest,
                                 .watermark = partition.watermark.undoubted().value(),
                                 .window_full_from = partition.window_full_from()});
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

ViewAnswer ProcessorCore::answer_without_cells() const {
  return {.watermark = watermark_, .complete_until = cell_start(watermark_), .cells = {}};
}

void ProcessorCore::track_changes(bool track) {
  if (track && !tracking_) {
    told_until_ = cell_start(watermark_);
  }
  tracking_ = track;
  view_.track_changes(track);
}

bool ProcessorCore::has_changes() const {
  return !superseded_ &&
         (view_.has_changes() || (tracking_ && told_until_ != cell_start(watermark_)));
}

ViewAnswer ProcessorCore::take_changes() {
  ViewAnswer answer = answer_without_cells();
  ViewQuery finals{.from = std::exchange(told_until_, answer.complete_until),
                   .to = answer.complete_until};
  finals.cells_max = ViewStore::kFinalCellsMax;
  finals.scan_max = ViewStore::kFinalCellsMax;
  answer.cells = view_.take_changes(watermark_);
  Result<CellPage> became_final = view_.query(finals, watermark_);
  // Else too many, or the store is unavailable, which the next query says.
  if (became_final && !became_final->next) {
    std::erase_if(answer.cells, [&](const Cell& cell) {
      return finals.from <= cell.start && cell.start < finals.to;
    });
    std::ranges::move(became_final->cells, std::back_inserter(answer.cells));
  }
  std::ranges::sort(answer.cells, {},
                    [](const Cell& cell) { return std::tie(cell.start, cell.source, cell.event); });
  return answer;
}

ProcessorStats ProcessorCore::stats() const {
  ProcessorStats stats = counters_;
  stats.lag_records = lag_records_;
  stats.dedup = dedup_.stats();
  stats.hot_cells = view_.hot_cells();
  stats.view_bytes = view_.memory_bytes();
  stats.watermark = watermark_;
  for (const Partition& partition : partitions_) {
    stats.window_full_from = std::max(stats.window_full_from, partition.window_full_from());
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
