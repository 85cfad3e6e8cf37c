// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "arrival/arrival_clock.hpp"
#include "audit/books.hpp"
#include "core/result.hpp"
#include "core/task_runner.hpp"
#include "dedup/verdict_log.hpp"
#include "hash/id_hasher.hpp"
#include "numbers/numbered_devices.hpp"
#include "ports/audit_report.hpp"
#include "ports/event_log.hpp"
#include "ports/state_store.hpp"
#include "processing/backfill.hpp"
#include "processing/block.hpp"
#include "processing/declared_views.hpp"
#include "processing/dedup_questions.hpp"
#include "processing/known_names.hpp"
#include "processing/known_verdicts.hpp"
#include "processing/manifest.hpp"
#include "processing/partition_owner.hpp"
#include "processing/processor_settings.hpp"
#include "processing/tally_by_source.hpp"
#include "record/clock_state.hpp"
#include "record/event.hpp"
#include "record/receipt.hpp"
#include "stream/dedup_index.hpp"
#include "views/publication.hpp"

namespace hapax {

/// What a processor reads and writes, and who works for it.
struct ProcessorParts {
  EventLog& log;
  StateStore& store;
  ArrivalClock& arrivals;
  VerdictLog& verdicts;
  const CatalogSource& catalog;       ///< Of the declared views.
  ServedViews& served;                ///< Says which of them can be read.
  TaskRunner& shards = one_by_one();  ///< Whatever it does, the state is the same.
};

/// One state of the processor, unchanging, so that another thread can encode and write it. Of the
/// views it takes what is as it was from them while it is written.
struct FrozenState {
  std::string manifest;
  FrozenIds ids;
  FrozenViews views;
  FrozenNames names;
  FrozenNumbers numbers;
  std::vector<Receipt::End> offsets;    ///< Of the log; what the state covers.
  std::vector<std::string> live_views;  ///< Declared ones that have counted all of that; their ids.
  bool is_making_views = false;         ///< Others need all of the log.
  bool in_doubt = false;                ///< Whether a doubt of our clock is open in it.
  FrozenVerdicts verdicts;
  VerdictLog* verdict_log = nullptr;  ///< Where these go; outlives it.
};

/// Writes `frozen`, its verdicts first: what the store holds was decided by verdicts that are
/// durable. May be called again after an error; a write that became durable all the same is then
/// left as it is. Errors: those of verdict log and store.
Result<void> write_state(const FrozenState& frozen, StateStore& store);

/// What is complete by the last checkpoint; kWatermarkMin without one.
/// Errors: as ProcessorCore::open.
Result<EventTime> stored_watermark(StateStore& store, const HashKey& id_key);

/// Reads the log from where the last checkpoint stands: dedup, watermark, views, books. The state
/// is a function of the log up to the offsets (C6), so a crash costs only the time to read again
/// what came after the checkpoint. Without threads, so that tests and simulations drive every step.
/// A step that fails because log or store are unavailable is taken up again by the next one at the
/// event where it failed. After any other error of a step processing has stopped for good: answer
/// what it is, and open anew.
/// When the log corrects a doubt of our clock that this state has counted as stamped, the state is
/// superseded(): open_anew() begins from what the store falls back to and counts every record where
/// it belongs from the start.
/// Verdicts that are known of records to come stand: as long as there are any, dedup is not asked,
/// in no partition, so that a rebuild comes to the same state in whatever order it reads (C6). When
/// one is missing, verdicts begin anew there and dedup decides from then on.
/// Declared views count in it, too; those that are new are made in steps of its own (Backfill).
/// Threading: one owner. Lifetime: the parts must outlive it.
class ProcessorCore {
 public:
  /// Without a checkpoint the books begin where the log does. A superseded one is put aside.
  /// Errors: kCorrupt, kUnavailable, those of the store; kInvalid, the checkpoint does not belong
  /// to this log (it is ahead of its durable end, below its start, or of other partitions), or is
  /// of another version or id key.
  static Result<std::unique_ptr<ProcessorCore>> open(const ProcessorSettings& settings,
                                                     const ProcessorParts& parts) {
    return open(settings, parts, {});
  }
  /// What takes the place of a superseded core; made with all corrections that this one has met,
  /// also those that the log no longer carries along. Errors: as open().
  Result<std::unique_ptr<ProcessorCore>> open_anew() const;

  /// Processes the next records, about poll_bytes_max of them; false if there were none. Moves the
  /// watermark. Errors: kCorrupt, a record cannot be read or offsets are not consecutive; those of
  /// the log and the store: of these kUnavailable and kExhausted may be tried again.
  Result<bool> step();

  /// When the first record that the last step processed was received.
  ProcessingTime oldest_of_step() const { return oldest_of_step_; }

  /// Freezes the state for a checkpoint. Call commit() when it is in the store, before the next.
  std::shared_ptr<const FrozenState> freeze();
  void commit(const FrozenState& frozen);
  /// Forgets some of what is in the store and may leave memory, for some milliseconds. Call it
  /// after each step() and commit(). True: there may be more.
  bool evict();
  /// freeze(), write and commit() at once; an unwritten frozen state is written first.
  /// Errors: failure(); that of the last step, while a batch is half applied; those of the store.
  Result<void> checkpoint();

  /// Whether retention would drop records whose effect the base lacks and the last checkpoint has.
  /// Nothing is dropped before: what the state folder alone holds could not be made again. None is
  /// wanted while our clock is in doubt: a correction must find a base that has counted nothing of
  /// what it corrects.
  bool base_wanted() const;
  /// Says that what the last checkpoint wrote is the base now (StateStore::keep_base).
  void commit_base();

  bool checkpoint_useful()
      const;  ///< Something was processed since the last freeze, and all of it.
  bool checkpoint_urgent() const;  ///< A memory limit asks for one now.
  bool must_wait() const;          ///< A memory limit forbids step() until evict() or commit().
  const std::optional<Error>& failure() const { return failure_; }
  /// step() does nothing any more, and nothing of it should be kept.
  bool superseded() const { return superseded_; }
  /// Says that the state is not to be trusted any more, after an exception while it was changed: as
  /// a step that failed for good.
  void fail(Error error);

  AuditReport audit() const;
  /// Of the events of `source`, or of all of them.
  std::optional<NewestEvent> newest(const std::optional<std::string>& source) const {
    return books_.newest(source);
  }
  /// The limit of new names: in force once the log is processed up to where it ended at the start.
  /// Any thread may use it.
  KnownNames& names() { return names_; }

  /// What readers need to answer as this state would. From then on the next one tells only what
  /// changed, until end_publishing() or a commit(): the first after either begins with what is
  /// stored. Errors: failure(); kUnavailable, superseded(); those of the store; the next one begins
  /// anew then, too.
  /// With `views`, ids of declared ones, these are in it, and in those that follow.
  Result<Publication> publish(std::span<const std::string> views = {});
  /// As ViewSource::whole_rows().
  Result<WholeRows> whole_rows(const WholeRowsQuery& query);
  /// As ViewSource::books().
  Result<ViewBooks> books(std::string_view view);
  /// As those of GapSource.
  Result<GapReport> gaps(const GapQuery& query) const;
  Result<GapDevicesMoment> gap_devices(const GapDevicesQuery& query);
  /// Whether publish() would tell anything new.
  bool has_news();
  /// Nobody reads: changes need not be noted.
  void end_publishing();

  /// How the declared views stand, by name, then by id.
  std::vector<ViewReport> report_views() const { return views_.report(processed()); }

  /// The fields about checkpoints in time stay empty: who drives the core knows them.
  ProcessorStats stats() const;

 private:
  ProcessorCore(const ProcessorSettings& settings, const ProcessorParts& parts);

  Result<void> begin_at_start();
  Result<void> restore(std::string_view stored);
  static Result<std::unique_ptr<ProcessorCore>> open(const ProcessorSettings& settings,
                                                     const ProcessorParts& parts,
                                                     const std::vector<ClockCorrection>& known);
  bool learn(const std::vector<ClockCorrection>& corrections, ClockEpoch met);
  Result<void> restore_counted(const ManifestReader& manifest);
  Result<void> restore_dedup(const ManifestReader& manifest);
  Result<void> restore_hours(const ManifestReader& manifest);
  static Result<void> restore_partitions(ByteReader& in, std::vector<PartitionOwner>& owners);
  Result<void> restore_clock(ByteReader& in);
  std::string encode_manifest() const;
  void encode_partitions(ByteWriter& out) const;
  void encode_clock(ByteWriter& out) const;
  std::vector<Receipt::End> offsets() const;
  std::vector<PartitionStart> positions() const;
  Result<void> open_reader();
  void take_base();
  bool base_lacks_views() const;
  void hold_log_for_views();
  void let_go_of_log();
  std::size_t make_room(std::size_t count_max);
  void cover(std::vector<Receipt::End> offsets);
  bool is_base(const std::optional<std::string>& manifest) const;
  Error said_of_base(Error error, const std::optional<std::string>& manifest) const;

  Result<void> take_verdicts();
  Result<std::string> misfit_of_verdicts() const;
  Result<bool> log_agrees_at(const std::vector<Receipt::End>& from, std::size_t to_come,
                             const std::vector<verdict_format::Progress>& verdicts) const;
  Result<void> end_rebuild_when_over();
  void end_rebuild();
  bool passes_over(const LogBatch& batch);
  Result<void> judge_as_before(TakenBatch& taken);
  Result<void> judge();
  void publish_verdicts();

  Result<bool> advance_one_poll();
  Result<void> begin_block();
  std::size_t next_block() const;
  Result<void> apply_block();
  Result<void> take();
  Result<void> take(TakenBatch& taken);
  TaskRunner& runner();
  Result<void> count();
  void end_block();
  Result<void> apply_controls(const LogBatch& batch);
  void follow_clock(const ClockState& state);
  Result<void> enter(const TakenBatch& taken, std::size_t event);
  void enter(const EventView& event, const Hash128& id, Seen seen, bool late, ClockEpoch epoch);
  void follow(ProcessingTime settled, const std::vector<Offset>& ends);
  void reclaim(ProcessingTime settled);
  template <typename Own, typename Now>
  std::vector<ProcessingTime> read_until(Own own, Now now) const;
  ProcessingTime log_time(ProcessingTime settled) const;
  Result<bool> make_views(ProcessingTime settled);
  bool is_half_way() const {
    return !block_.empty() || !unapplied_.empty() || views_.is_half_way();
  }
  void enforce_names_when_read();
  std::vector<Offset> processed() const;
  bool is_processed(std::span<const Offset> ends) const;
  Result<void> can_tell() const;
  bool is_start_read() const;

  const ProcessorSettings settings_;
  const ProcessorParts parts_;
  EventLog& log_;
  const SubscriberId subscriber_;
  const SubscriberId base_subscriber_;
  StateStore& store_;
  ArrivalClock& arrivals_;
  VerdictLog& verdicts_;
  const IdHasher ids_;
  std::vector<PartitionOwner> owners_;  // By partition.
  DedupIndex dedup_;
  DedupQuestions questions_;
  LogHistory history_;
  DeclaredViews views_;
  NumberedDevices numbers_;
  TallyBySource counted_;  // What the views have taken in, by their side of the account.
  std::optional<std::uint32_t> new_catalog_;  // It is to be taken up once nothing is half way.
  ProcessingTime log_time_ = ProcessingTime::min();  // All that is received before is counted.
  Books books_;
  ClockState clock_;                          // The newest that a partition has met.
  std::vector<ClockCorrection> corrections_;  // All that the state is made with, or superseded by.
  bool superseded_ = false;
  KnownNames names_;
  std::vector<Offset> ends_at_start_;    // Of the log.
  EventTime watermark_ = kWatermarkMin;  // Published: never goes back.
  bool tells_changes_ = false;           // Readers know all that views have not noted as a change.
  bool tells_all_ = true;                // The next publication begins with what is stored.
  std::vector<Offset> told_processed_;   // What the last publication covered,
  std::unique_ptr<LogReader> reader_;
  bool rebuilding_ = false;           // There are verdicts of records to come,
  std::vector<Offset> verdict_ends_;  // up to here.
  bool passed_over_ = false;          // The reader is ahead of what is processed.
  KnownVerdicts stored_verdicts_;
  std::uint64_t unsaved_verdicts_ = 0;         // Since the last freeze.
  std::uint64_t number_ = 0;                   // Of the last manifest.
  std::shared_ptr<const FrozenState> frozen_;  // Not yet known to be in the store.
  std::vector<Receipt::End> committed_;        // What the last checkpoint covers; empty: none.
  bool committed_in_doubt_ = false;            // FrozenState::in_doubt of it.
  std::vector<std::string> committed_views_;   // FrozenState::live_views of it,
  bool committed_making_ = false;              // and is_making_views.
  std::vector<Receipt::End> base_;             // What the base covers; empty: there is none.
  std::vector<std::string> base_views_;        // Declared ones that it holds.
  bool holds_log_ = false;                     // For views that are made, or that the base lacks.
  bool evicting_ = false;                      // Something may be left that evict() forgets.
  bool memory_is_short_ = false;               // Of views: make_room() is not through.
  std::optional<Error> failure_;               // For good.
  std::optional<Error> step_error_;            // Of the last step.
  std::span<const LogBatch> unapplied_;        // Of the last poll, and not in block_ yet.
  Block block_;
  enum class Stage : std::uint8_t { kTime, kAsking, kDedup, kCounting };
  Stage stage_ = Stage::kTime;  // That block_ is to go through next.
  BlockPlace entered_;          // So much of it is in numbers and books.
  ProcessingTime oldest_of_step_ = ProcessingTime::max();
  std::uint64_t lag_records_ = 0;
  bool unsaved_ = false;
  ProcessorStats counters_;
};

}  // namespace hapax
