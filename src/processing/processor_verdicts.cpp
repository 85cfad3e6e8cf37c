// SPDX-License-Identifier: Apache-2.0
// What dedup has decided before, and how a rebuild uses it.
#include <algorithm>
#include <cassert>
#include <utility>

#include "processing/processor_core.hpp"

namespace hapax {

using verdict_format::Progress;

Result<void> ProcessorCore::take_verdicts() {
  HAPAX_ASSIGN(const std::string misfit, misfit_of_verdicts());
  if (!misfit.empty()) {
    verdicts_.begin_anew(positions(), misfit);
  }
  verdicts_.set_compared();
  verdict_ends_ = verdicts_.ends();
  assert(verdict_ends_.size() == owners_.size());
  for (PartitionOwner& owner : owners_) {
    owner.begin_deciding();
  }
  rebuilding_ = !is_processed(verdict_ends_);
  return {};
}

/// Why the verdicts cannot be used from where the state is; empty: they can.
Result<std::string> ProcessorCore::misfit_of_verdicts() const {
  const std::vector<Progress> verdicts = verdicts_.progress();
  const std::vector<Offset> known_until = verdicts_.ends();
  const std::vector<Offset> log_ends = log_.end_offsets();
  const std::vector<PartitionStart> log_starts = log_.starts();
  std::vector<Receipt::End> compared_from;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    const auto& [complete_from, last_base, end] = verdicts[i];
    const PartitionOwner& owner = owners_[i];
    if (owner.processed() < complete_from || owner.processed() > known_until[i]) {
      return std::string("they do not cover all since the state");
    }
    if (known_until[i] > log_ends[i]) {
      return std::string("they go on behind the end of the log");
    }
    const bool is_here = owner.processed() == end.offset;
    const bool is_start = log_starts[i].offset == end.offset;
    if ((is_here && owner.log_digest() != end.digest) ||
        (is_start && log_starts[i].digest != end.digest)) {
      return std::string("they are of another log");
    }
    const bool is_read = !is_here && !is_start && last_base < end.offset;
    compared += is_read ? 1 : 0;
    compared_from.push_back({PartitionId(static_cast<std::uint32_t>(i)),
                             is_read ? std::max(last_base, log_starts[i].offset) : log_ends[i]});
  }
  if (verdicts_.is_compared() || compared == 0) {
    return std::string();
  }
  const Result<bool> agrees = log_agrees_at(compared_from, compared, verdicts);
  if (!agrees && agrees.error().kind != ErrorKind::kCorrupt) {
    return agrees.error();
  }
  return std::string(agrees && *agrees ? "" : "they are of another log, or it is damaged there");
}

/// Whether the log, read `from` there on, comes to the digests at the ends of the verdicts. Of
/// `to_come` partitions that is before their end.
Result<bool> ProcessorCore::log_agrees_at(const std::vector<Receipt::End>& from,
                                          std::size_t to_come,
                                          const std::vector<Progress>& verdicts) const {
  HAPAX_ASSIGN(const auto reader, log_.read(from));
  while (to_come > 0) {
    HAPAX_ASSIGN(const auto batches, reader->poll(settings_.poll_bytes_max));
    if (batches.empty()) {
      return false;
    }
    for (const LogBatch& batch : batches) {
      const PartitionStart& end = verdicts[batch.partition.value()].end;
      const Offset batch_end = advance(batch.base_offset, batch.record_count);
      if (batch.base_offset < end.offset && batch_end >= end.offset) {
        if (batch_end != end.offset || batch.digest_after != end.digest) {
          return false;
        }
        --to_come;
      }
    }
  }
  return true;
}

// What dedup decides of a record may depend on which others it has met: so it is asked of none
// before all that were decided before it have been met, in every partition.
Result<void> ProcessorCore::end_rebuild_when_over() {
  if (rebuilding_ && is_processed(verdict_ends_)) {
    end_rebuild();
  }
  if (!rebuilding_ && passed_over_) {
    HAPAX_TRY(open_reader());
    passed_over_ = false;
  }
  return {};
}

void ProcessorCore::end_rebuild() {
  rebuilding_ = false;
  stored_verdicts_.forget();
}

/// Whether `batch` is left for when the rebuild is over.
bool ProcessorCore::passes_over(const LogBatch& batch) {
  if (rebuilding_ && batch.partition.value() < owners_.size()) {
    const bool is_known = batch.base_offset < verdict_ends_[batch.partition.value()];
    passed_over_ = passed_over_ || !is_known;
    return !is_known;
  }
  return passed_over_;
}

/// What each of its events is, as it was decided before; where that is missing, the rebuild is
/// over.
Result<void> ProcessorCore::judge_as_before(TakenBatch& taken) {
  HAPAX_ASSIGN(const bool complete, stored_verdicts_.read(taken.batch, taken.verdicts));
  if (!complete || !verdicts_fit(taken.verdicts, taken.events)) {
    end_rebuild();
    verdicts_.begin_anew(positions(), "some are missing or damaged");
    return {};
  }
  for (std::size_t i = 0; i < taken.events.size(); ++i) {
    if (taken.verdicts[i] == Verdict::kUnique) {
      dedup_.open(taken.standings[i].span);
      dedup_.remember(taken.events[i].seen, taken.standings[i].span);
    }
  }
  dedup_.settle();
  return {};
}

/// The second stage: what each event is, as it was decided before, else as dedup decides.
Result<void> ProcessorCore::judge() {
  if (rebuilding_) {
    HAPAX_TRY(judge_as_before(block_.batches().front()));
  }
  if (rebuilding_) {
    return {};
  }
  if (stage_ == Stage::kAsking) {
    questions_.ask(block_.batches());
    stage_ = Stage::kDedup;
  }
  return questions_.answer(runner());
}

void ProcessorCore::publish_verdicts() {
  for (std::uint32_t i = 0; i < owners_.size(); ++i) {
    const VerdictRun& decided = owners_[i].decided();
    verdicts_.add(PartitionId(i), decided);
    unsaved_verdicts_ += decided.verdicts.size();
    owners_[i].published();
  }
}

}  // namespace hapax
