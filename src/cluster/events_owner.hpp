// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "cluster/collector_books.hpp"
#include "cluster/control_follower.hpp"
#include "cluster/counted_place.hpp"
#include "cluster/judge_state.hpp"
#include "cluster/log_trimmer.hpp"
#include "cluster/partition_clock.hpp"
#include "cluster/publisher.hpp"
#include "cluster/restoration.hpp"
#include "cluster/state_keeper.hpp"
#include "cluster/verdict_source.hpp"
#include "ports/topic.hpp"
#include "ports/view_store.hpp"
#include "stream/forget_floor.hpp"
#include "stream/id_table.hpp"

namespace hapax {

/// What an owner must know of an event before it is decided.
struct EventFacts {
  std::optional<SeenId> seen;  ///< Nothing of a dead letter: dedup is not asked.
  Hash128 id;                  ///< As of IdHasher::event_id().
  ProcessingTime received_at;
};

/// What the owner knows of the events that are counted, beside what they are counted in.
struct OwnerBooks {
  std::vector<CollectorAudit> collectors = {};  ///< As of CollectorBooks::audits().
  std::optional<MissedDuplicates> missed = {};  ///< If ids count once in each partition.
};

/// What the events of one partition are counted in. Its judge decides of ids where they count once
/// in each partition; else it has none.
class CountedState : public JudgeState {
 public:
  /// Errors: kCorrupt.
  virtual Result<EventFacts> read(const TopicRecord& record) const = 0;
  /// The next event of the partition. Errors: kUnavailable, it is not counted, and is to come
  /// again.
  virtual Result<void> count(const TopicRecord& record, Verdict verdict) = 0;
  /// What was counted goes so far, and this is known of it: before each freeze(), which keeps and
  /// publishes it, too.
  virtual void settle(const CountedPlace& place, OwnerBooks books) = 0;
  /// What readers lack who are at `version` of what is kept, with the manifest that they get; the
  /// owner fills in the version. Not between freeze() and kept(). Errors: kUnavailable.
  virtual Result<PartitionUpdate> update_from(std::uint64_t version) = 0;
  /// Goes on with what it does beside counting, some milliseconds of it. Errors: try again.
  virtual Result<void> catch_up() { return {}; }
  /// It reads what was counted again: nothing of it may be deleted.
  virtual bool holds_log() const { return false; }
  /// It has changed since the last freeze(), though nothing may have been counted.
  virtual bool has_news() const { return false; }
  /// Memory that it takes beyond its own limits, since what is counted is not kept.
  virtual std::size_t unkept_bytes() const { return 0; }
  /// Readers are at `version`.
  virtual void published(std::uint64_t version) = 0;
};

struct EventsOwnerSettings {
  DedupScope dedup_scope = DedupScope::kExact;  ///< As of all others.
  std::uint32_t missed_sample = 0;              ///< The same; of MissedDuplicates::kWhole.
  /// Events of which it is asked whether they were missed; see MissedWatch.
  std::size_t missed_awaited_max = 4096;
  /// Events that are read ahead of their verdicts.
  std::size_t ahead_max = 100'000;
  /// Memory of events that wait for their verdicts, of verdicts of what is not kept, and of what is
  /// counted and cannot leave memory before it is kept: with as much no more events are read, but
  /// for those of one poll, until judges or the object store answer again.
  std::size_t held_bytes_max = std::size_t{64} << 20U;
  CollectorBooksSettings books = {};
  unsigned saves_per_collection = StateKeeper::kSavesPerCollection;
  /// Events that are older may be deleted, and their verdicts. Nothing: none ever is.
  std::optional<Microseconds> retention = {};
  /// A verdict may seem to be so much older than its event, since another broker's clock says when
  /// it came: it is deleted so much later.
  Microseconds clocks_apart = std::chrono::hours(1);
};

/// Owns one partition of events: asks which are the first of their id, counts each once that is
/// known, in the order of the log, keeps the state in the object store, and publishes what is kept:
/// nothing else. It goes on with each call of step(). Threading: one owner. Lifetime: as
/// ClaimsOwner.
class EventsOwner {
 public:
  struct Parts {
    Topic& events;
    Topic& claims;
    Topic& verdicts;
    Topic& control;
    const ControlFollower& follower;  ///< Of `control`.
    ObjectStore& objects;
    ViewStore& views;
    SideWork& side;         ///< Restores the state.
    RestorationLine& line;  ///< Of all owners of the process, of claims, too.
    Random& random;
    std::shared_ptr<CountedState> state;
  };

  EventsOwner(PartitionId partition, const EventsOwnerSettings& settings, const Parts& parts);

  /// Errors: kCorrupt, and every error before the state is here: this owner is of no use any more,
  /// another one must take the state over; others, try again.
  Result<void> step();
  /// Keeps the state as it is now, if events were counted since it was kept.
  void request_save() { save_requested_ = true; }
  /// The same if only more is complete since.
  void request_progress() { save_requested_ = progress_requested_ = true; }
  /// Deletes from the topics what is older than settings say and counted durably. What is old is
  /// told by the partition's time at the newest event that was counted: neither a collector's clock
  /// that is ahead nor a broker's alone makes anything old.
  void request_trim() { trim_requested_ = true; }

  bool is_deposed() const { return keeper_.is_deposed(); }
  /// The state is here.
  bool is_restored() const { return restored_; }
  /// Nothing was counted since the last state that was kept and published, nor heard of collectors.
  bool is_saved() const {
    return verdicts_->is_ready() && saved_.counted == counted_ &&
           saved_.news == verdicts_->news() && saved_.heard == books_.revision() &&
           !parts_.state->has_news() && publisher_.readers_at() == keeper_.current().number;
  }

  /// What may be said of what is counted, though it is not kept.
  struct Moment {
    std::uint64_t epoch;  ///< Of this owner.
    CountedPlace place;
  };
  /// Nothing while it is not known what is counted.
  std::optional<Moment> moment() const;

  /// The next event to be counted; the same in the state that is kept: what may be committed.
  Offset counted() const { return counted_; }
  Offset durable() const { return saved_.counted; }
  /// Of EventsOwnerSettings::held_bytes_max.
  std::size_t held_bytes() const {
    return ahead_bytes_ + kVerdictBytes * (counted_events_ + frozen_events_) +
           (restored_ ? parts_.state->unkept_bytes() : 0);
  }
  /// It reads no more events.
  bool is_full() const { return held_bytes() >= settings_.held_bytes_max; }
  std::uint64_t state_bytes() const { return keeper_.bytes(); }
  /// What holds it up now, in words; empty: nothing, or that others of its thread have their turn.
  std::string waits_for() const;
  /// The next event to be counted, if it lacks its verdict.
  std::optional<Offset> lacks_verdict() const;
  const CollectorBooks& books() const { return books_; }
  /// Nothing: ids count once in the cluster.
  std::optional<MissedDuplicates> missed() const { return verdicts_->missed(); }
  std::uint64_t contradictions() const { return verdicts_->contradictions(); }

 private:
  static constexpr std::size_t kVerdictBytes = 16;  // In memory.

  struct Ahead {
    TopicRecord record;
    RecordHeader header;
    Hash128 id;
    std::optional<Claim> claim;  ///< Nothing of a dead letter, nor of a fence.
    ProcessingTime time;         ///< Of the partition there.
    ProcessingTime floor;        ///< What it has forgotten there.

    std::size_t bytes() const {
      return sizeof(*this) + record.entry.header.size() + record.entry.value.size();
    }
  };
  /// Of a state that is, or is to be, kept.
  struct Place {
    Offset counted = {};
    Offset verdicts_from = {};
    ProcessingTime time = ProcessingTime::min();
    ProcessingTime floor = ProcessingTime::min();
    ProcessingTime complete = ProcessingTime::min();
    SettledMark settled = {};  ///< Once it is kept.
    std::uint64_t news = 0;    ///< Of verdicts_.
    std::uint64_t heard = 0;   ///< Revision of the books, of this owner.
  };
  /// All received before `bound` is counted once `counted` has come to `end`.
  struct Promise {
    ProcessingTime bound;
    Offset end;
  };

  Result<void> restore();
  Result<void> begin_restoring();
  void look_at_control();
  Result<void> read_events();
  Result<void> look(TopicRecord&& record, const RecordHeader& header, std::vector<Claim>& claims);
  Result<std::optional<Verdict>> verdict_of(const Ahead& event) const;
  Result<void> count();
  Result<void> publish();
  OwnerBooks owner_books() const;
  Result<void> save();
  void end_save();
  void trim();
  std::string encode(const Place& place, const std::string& state) const;

  const PartitionId partition_;
  const EventsOwnerSettings settings_;
  const Parts parts_;
  StateKeeper keeper_;
  Restoration restoration_;
  const std::unique_ptr<VerdictSource> verdicts_;
  Publisher publisher_;
  LogTrimmer event_trimmer_;
  LogTrimmer verdict_trimmer_;

  bool restored_ = false;

  std::unique_ptr<TopicReader> event_reader_;

  Offset heard_until_ = {};  // Of the topic of control: what is before it the books have heard.
  std::deque<Promise> promises_;
  ProcessingTime complete_ = ProcessingTime::min();

  std::deque<TopicRecord> unread_;  // Those that wait for settings.
  bool is_all_read_ = false;        // There were no more when it looked last.
  std::deque<Ahead> ahead_;
  std::size_t ahead_bytes_ = 0;
  // Whose verdicts are needed until they are kept: counted since the last freeze, and by then.
  std::size_t counted_events_ = 0;
  std::size_t frozen_events_ = 0;
  Offset counted_ = {};
  // Of the records that were read.
  PartitionClock clock_;
  ForgetFloor floor_;
  // The same of those that were counted.
  ProcessingTime counted_time_ = ProcessingTime::min();
  ProcessingTime counted_floor_ = ProcessingTime::min();
  CollectorBooks books_;

  bool trim_requested_ = false;
  bool save_requested_ = false;
  bool progress_requested_ = false;  // Until a state is kept.
  Place saved_ = {};
  std::optional<Place> being_saved_;
  bool is_frozen_ahead_ = false;     // What was frozen last is not kept, and may not be said.
  bool readers_are_ahead_ = false;   // Of a state that was lost: they get all anew.
  std::uint64_t saving_number_ = 0;  // The number that its manifest will have.
};

}  // namespace hapax
