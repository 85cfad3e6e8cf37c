// SPDX-License-Identifier: Apache-2.0
#include "processing/processor_core.hpp"

#include <algorithm>
#include <utility>

#include "core/time_math.hpp"
#include "processing/log_records.hpp"
#include "processing/verdict_of_seen.hpp"
#include "stream/minute.hpp"

namespace hapax {
namespace {

DedupSettings dedup_settings(const ProcessorSettings& settings, const TaskRunner& shards) {
  DedupSettings dedup = settings.dedup;
  dedup.shards = shards.width();
  return dedup;
}

}  // namespace

ProcessorCore::ProcessorCore(const ProcessorSettings& settings, const ProcessorParts& parts)
    : settings_(settings),
      parts_(parts),
      log_(parts.log),
      subscriber_(log_.subscribe({.name = "processor"})),
      base_subscriber_(log_.subscribe({.name = "base"})),
      store_(parts.store),
      arrivals_(parts.arrivals),
      verdicts_(parts.verdicts),
      ids_(settings.id_key),
      owners_(log_.partition_count(), PartitionOwner(settings.results)),
      dedup_(dedup_settings(settings, parts.shards), store_),
      questions_(dedup_),
      history_(log_, verdicts_, ids_, settings.results),
      views_({.history = history_,
              .store = store_,
              .catalog = parts.catalog,
              .served = parts.served,
              .ids = ids_,
              .shares_max = parts.shards.width()},
             settings.dedup.hash_seed, settings.view),
      numbers_(store_, settings.gaps, settings.dedup.hash_seed),
      names_(settings.new_names_per_day, settings.id_key),
      ends_at_start_(log_.end_offsets()),
      stored_verdicts_(verdicts_, log_.partition_count()) {}

Result<std::unique_ptr<ProcessorCore>> ProcessorCore::open(
    const ProcessorSettings& settings, const ProcessorParts& parts,
    const std::vector<ClockCorrection>& known) {
  std::unique_ptr<ProcessorCore> core(new ProcessorCore(settings, parts));
  HAPAX_ASSIGN(const std::optional<std::string> manifest, parts.store.manifest());
  if (const Result<void> begun = manifest ? core->restore(*manifest) : core->begin_at_start();
      !begun) {
    return core->said_of_base(begun.error(), manifest);
  }
  HAPAX_ASSIGN(const auto clock, clock_state_among(parts.log.controls().at_end));
  const ClockEpoch met = core->clock_.newest;
  const bool any = core->learn(known, met);
  const bool superseded = core->learn(clock.value_or(ClockState()).corrections, met) || any;
  if (manifest && superseded && core->is_base(manifest)) {
    return core->said_of_base(
        {ErrorKind::kInvalid, "it has counted records whose times the log corrects"}, manifest);
  }
  if (manifest && superseded) {
    HAPAX_TRY(parts.store.reset());
    return open(settings, parts, known);
  }
  const bool is_beginning =
      !manifest && std::ranges::all_of(parts.log.starts(),
                                       [](const auto& start) { return start.offset == Offset(0); });
  core->views_.begin(is_beginning);
  if (const Result<void> opened = core->open_reader(); !opened) {
    return core->said_of_base(opened.error(), manifest);
  }
  HAPAX_TRY(core->take_verdicts());
  if (manifest) {
    core->committed_ = core->offsets();
    core->committed_in_doubt_ = !core->clock_.doubted.empty();
    core->committed_views_ = core->views_.live_ids();
    core->committed_making_ = core->views_.is_making();
    core->take_base();
  }
  core->let_go_of_log();
  core->enforce_names_when_read();
  return core;
}

Result<std::unique_ptr<ProcessorCore>> ProcessorCore::open_anew() const {
  return open(settings_, parts_, corrections_);
}

/// Whether one is new and of a doubt up to `met`: its records may be counted as stamped.
bool ProcessorCore::learn(const std::vector<ClockCorrection>& corrections, ClockEpoch met) {
  bool too_late = false;
  for (const ClockCorrection& correction : corrections) {
    if (std::ranges::find(corrections_, correction) == corrections_.end()) {
      corrections_.push_back(correction);
      too_late = too_late || correction.epoch <= met;
    }
  }
  return too_late;
}

Result<bool> ProcessorCore::step() {
  if (failure_) {
    return *failure_;
  }
  if (superseded_) {
    return false;
  }
  Result<bool> progressed = advance_one_poll();
  step_error_.reset();
  if (!progressed) {
    step_error_ = progressed.error();
    if (may_be_retried(*step_error_)) {
      ++counters_.steps_interrupted;
    } else {
      failure_ = step_error_;
    }
  }
  return progressed;
}

void ProcessorCore::fail(Error error) {
  if (!failure_) {
    failure_ = std::move(error);
  }
}

// In this order: what was received before `settled` and is durable is in `ends`.
Result<bool> ProcessorCore::advance_one_poll() {
  const ProcessingTime settled = arrivals_.settled();
  const std::vector<Offset> ends = log_.end_offsets();
  if (unapplied_.empty() && block_.empty()) {
    HAPAX_TRY(end_rebuild_when_over());
    HAPAX_ASSIGN(unapplied_, reader_->poll(parts_.shards.width() * settings_.poll_bytes_max));
  }
  const bool any = !unapplied_.empty() || !block_.empty();
  oldest_of_step_ = ProcessingTime::max();
  while (!unapplied_.empty() || !block_.empty()) {
    if (block_.empty()) {
      HAPAX_TRY(begin_block());
    } else {
      HAPAX_TRY(apply_block());
    }
  }
  publish_verdicts();
  follow(settled, ends);
  if (checkpoint_urgent()) {
    return any;  // What is made is memory until a checkpoint holds it.
  }
  HAPAX_ASSIGN(const bool made, make_views(settled));
  return any || made;
}

Result<bool> ProcessorCore::make_views(ProcessingTime settled) {
  if (new_catalog_ && !views_.is_half_way()) {
    views_.follow_catalog(*new_catalog_);
    new_catalog_.reset();
    unsaved_ = true;
    if (views_.is_making()) {
      hold_log_for_views();
    }
  }
  if (!views_.is_making()) {
    return false;
  }
  const std::vector<Offset> until = processed();
  HAPAX_ASSIGN(
      const bool any,
      views_.backfill(
          {.until = until, .tally = counted_, .corrections = corrections_, .settled = settled},
          settings_.backfill_bytes));
  unsaved_ = unsaved_ || any;
  return any;
}

/// Takes the next batches of the poll up, or what is none of events at once.
Result<void> ProcessorCore::begin_block() {
  const LogBatch& first = unapplied_.front();
  if (passes_over(first)) {
    unapplied_ = unapplied_.subspan(1);
    return {};
  }
  const std::size_t batches = next_block();
  if (batches == 0) {
    return Error{ErrorKind::kCorrupt,
                 "the log continued at " + place(first.partition, first.base_offset) +
                     " where the processor is at " + position_text(processed())};
  }
  if (first.is_control) {
    HAPAX_TRY(apply_controls(first));
  } else {
    block_.begin(unapplied_.first(batches));
  }
  unapplied_ = unapplied_.subspan(batches);
  return {};
}

/// So many of the batches that come next go together: those without control records, as these
/// change what holds for all partitions, and of a rebuild one, as there may be no verdicts of the
/// next. None: the next one does not continue its partition. Beyond block_events_max one batch
/// only.
std::size_t ProcessorCore::next_block() const {
  std::vector<Offset> next = processed();
  std::size_t count = 0;
  std::size_t events = 0;
  for (const LogBatch& batch : unapplied_) {
    events += batch.record_count;
    if (count > 0 && events > parts_.shards.width() * settings_.block_events_max) {
      return count;
    }
    const std::size_t partition = batch.partition.value();
    if (partition >= next.size() || batch.base_offset != next[partition]) {
      return count;
    }
    if (rebuilding_ || unapplied_.front().is_control) {
      return 1;
    }
    if (batch.is_control) {
      return count;
    }
    next[partition] = advance(batch.base_offset, batch.record_count);
    ++count;
  }
  return count;
}

/// Stage by stage, each for all of the block; one that failed is taken up again where it failed.
Result<void> ProcessorCore::apply_block() {
  unsaved_ = true;
  if (stage_ == Stage::kTime) {
    HAPAX_TRY(take());
    stage_ = Stage::kAsking;
  }
  if (stage_ != Stage::kCounting) {
    HAPAX_TRY(judge());
    stage_ = Stage::kCounting;
  }
  HAPAX_TRY(count());
  end_block();
  return {};
}

/// Who does it for block_.
TaskRunner& ProcessorCore::runner() {
  return block_.event_count() < settings_.shared_events_min ? one_by_one() : parts_.shards;
}

/// The first stage: what is a matter of each partition alone. The batches of one partition are
/// taken by one thread, in order.
Result<void> ProcessorCore::take() {
  std::vector<Result<void>> outcomes(block_.batches().size());
  const std::size_t shards = parts_.shards.width();
  runner().run(shards, [&](std::size_t shard) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      TakenBatch& taken = block_.batches()[i];
      if (taken.batch.partition.value() % shards == shard) {
        outcomes[i] = take(taken);
      }
    }
  });
  return gravest_error(outcomes);
}

/// Reads its events and judges them in time.
Result<void> ProcessorCore::take(TakenBatch& taken) {
  HAPAX_TRY(decode_events(taken.batch, ids_, taken.events));
  taken.digest = {};
  for (const KeyedEvent& event : taken.events) {
    taken.digest.add(event.seen.id);
  }
  taken.received_at =
      taken.events.empty() ? ProcessingTime::max() : taken.events.front().event.received_at;
  owners_[taken.batch.partition.value()].take(taken.events, corrections_, taken.standings);
  return {};
}

/// The last stage: one thread enters all events in numbers and books, others count them in a share
/// of the views each.
Result<void> ProcessorCore::count() {
  return run_all(runner(), 1 + views_.share_count(), [this](std::size_t task) {
    return task > 0
               ? views_.count(block_, task - 1)
               : block_.each_from(entered_, [this](const TakenBatch& taken, std::size_t event) {
                   return enter(taken, event);
                 });
  });
}

void ProcessorCore::end_block() {
  for (const TakenBatch& taken : block_.batches()) {
    owners_[taken.batch.partition.value()].end_batch(taken.batch, taken.digest, taken.verdicts);
    oldest_of_step_ = std::min(oldest_of_step_, taken.received_at);
    counters_.records += taken.batch.record_count;
  }
  views_.end_block();
  block_.clear();
  stage_ = Stage::kTime;
  entered_ = {};
}

// Outside of the books and of the digests.
Result<void> ProcessorCore::apply_controls(const LogBatch& batch) {
  PartitionOwner& owner = owners_[batch.partition.value()];
  HAPAX_ASSIGN(const std::vector<Control> controls, decode_controls(batch));
  for (const Control& control : controls) {
    owner.follow(control);
    if (control.clock) {
      follow_clock(*control.clock);
    }
    new_catalog_ = std::max(new_catalog_, control.catalog);
  }
  unsaved_ = true;
  owner.end_batch(batch, {}, std::vector<Verdict>(batch.record_count, Verdict::kControl));
  return {};
}

// Which doubts are over holds for a partition from where it says so: its watermark is a function of
// its own records. What is counted is taken over as soon as one of them says so.
void ProcessorCore::follow_clock(const ClockState& state) {
  if (state.number <= clock_.number) {
    return;
  }
  superseded_ = learn(state.corrections, state.newest) || superseded_;
  for (const ClockEpoch epoch : books_.epochs()) {
    if (state.is_over(epoch)) {
      books_.merge_epoch(epoch);
    }
  }
  clock_ = state;
}

// A record of a doubt that is over counts like any other, where it belongs. Changes nothing that a
// second try after an error would change again.
Result<void> ProcessorCore::enter(const TakenBatch& taken, std::size_t i) {
  const KeyedEvent& keyed = taken.events[i];
  const EventView& event = keyed.event;
  const EventStanding& standing = taken.standings[i];
  HAPAX_TRY(numbers_.add(event));  // Whatever becomes of it: it has arrived.
  const ClockEpoch met(event.clock_epoch);
  const ClockEpoch epoch = clock_.is_over(met) ? kUndoubted : met;
  if (event.rejection) {
    books_.enter_rejected(event, keyed.seen.id, epoch);
    return {};
  }
  if (taken.verdicts[i] == Verdict::kUnique) {
    counted_.of(event.source).add(keyed.seen.id);
    const std::uint32_t day = utc_day(event.received_at);
    names_.learn(event.source, group_name(event.type, event.name), {.first = day, .last = day});
  }
  const bool late = is_closed(minute_end(event.event_time), standing.closed_until);
  enter(event, keyed.seen.id, seen_of(taken.verdicts[i]), late, epoch);
  return {};
}

void ProcessorCore::enter(const EventView& event, const Hash128& id, Seen seen, bool late,
                          ClockEpoch epoch) {
  books_.enter(event, id, seen, late, epoch);
  counters_.duplicates += seen != Seen::kFirst ? 1 : 0;
  counters_.conflicts += seen == Seen::kConflict ? 1 : 0;
  counters_.restamped += seen == Seen::kRestamped ? 1 : 0;
}

// `ends` are from before the poll, so a partition that reached them had nothing more at that time.
void ProcessorCore::follow(ProcessingTime settled, const std::vector<Offset>& ends) {
  std::vector<PartitionProgress> progress;
  WatermarkSettings widest{.bound = {}, .idle_timeout = {}};
  lag_records_ = 0;
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    PartitionOwner& owner = owners_[i];
    lag_records_ += owner.look_at_end(ends[i]);
    const ResultSettings& results = owner.times().settings();
    widest.bound = std::max(widest.bound, results.out_of_order_bound);
    widest.idle_timeout = std::max(widest.idle_timeout, results.idle_timeout);
    const PartitionWatermark& watermark = owner.times().watermark();
    progress.push_back({.watermark = watermark.value(),
                        .started = watermark.started(),
                        .caught_up = owner.caught_up()});
  }
  watermark_ = std::max(watermark_, global_watermark(progress, settled, widest));
  views_.settle(watermark_);
  log_time_ = log_time(settled);
  reclaim(settled);
  enforce_names_when_read();
}

/// All that the log held at the start.
bool ProcessorCore::is_start_read() const {
  return is_processed(ends_at_start_);
}

// Before that, names of stored events may be missing, and would be refused.
void ProcessorCore::enforce_names_when_read() {
  if (!names_.enforced() && is_start_read()) {
    names_.enforce();
  }
}

/// How far each partition is read, in time: as its own records say. One that is caught up goes on
/// with records received after `settled`, less what was on its way (watermark.hpp); our clock alone
/// is not believed beyond what the log has seen.
template <typename Own, typename Now>
std::vector<ProcessingTime> ProcessorCore::read_until(Own own, Now now) const {
  ProcessingTime newest = ProcessingTime::min();
  for (const PartitionOwner& owner : owners_) {
    newest = std::max(newest, own(owner.times()));
  }
  std::vector<ProcessingTime> times;
  times.reserve(owners_.size());
  for (const PartitionOwner& owner : owners_) {
    const ProcessingTime silent = std::min(
        newest, saturating_add(now(owner.times()), -owner.times().settings().idle_timeout));
    const ProcessingTime read = own(owner.times());
    times.push_back(owner.caught_up() ? std::max(read, silent) : read);
  }
  return times;
}

/// What is still to come has a later stamp, unless our clock is in doubt.
ProcessingTime ProcessorCore::log_time(ProcessingTime settled) const {
  const auto newest = [](const PartitionTimes& times) {
    return times.watermark().newest_received();
  };
  const auto now = [settled](const PartitionTimes&) { return settled; };
  return std::ranges::min(read_until(newest, now));
}

// In a replay one partition may be read days ahead of another, whose records must still find their
// ids: so the one furthest behind decides.
void ProcessorCore::reclaim(ProcessingTime settled) {
  const auto running = [](const PartitionTimes& times) { return times.running(); };
  const auto now = [settled](const PartitionTimes& times) {
    return times.clock().running_time(settled, kUndoubted);
  };
  const std::vector<ProcessingTime> clocks = read_until(running, now);
  ProcessingTime floor = ProcessingTime::max();
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    const Microseconds window = owners_[i].times().settings().dedup_window;
    floor = std::min(
        floor, std::max(owners_[i].floor().value(), ForgetFloor::floor_at(clocks[i], window)));
  }
  dedup_.expire(std::ranges::min(clocks), floor);
}

}  // namespace hapax
