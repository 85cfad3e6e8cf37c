// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/audit_report.hpp"
#include "ports/state_store.hpp"
#include "processing/block.hpp"
#include "processing/history.hpp"
#include "processing/processor_settings.hpp"
#include "processing/tally_by_source.hpp"
#include "views/catalog/view_catalog.hpp"
#include "views/publication.hpp"
#include "views/runtime/running_view.hpp"
#include "views/runtime/served_views.hpp"
#include "views/runtime/view_report.hpp"
#include "views/runtime/whole_rows.hpp"

namespace hapax {

/// What a checkpoint changes of the declared views.
struct FrozenViews {
  std::vector<FrozenRunningView> views;
  std::vector<std::string> dropped_tables;
  std::vector<StateWrite::Range> dropped_hours = {};  ///< Of kHoursTable.
  /// Those whose cells are in `views`, also if they are dropped in between.
  std::vector<std::shared_ptr<const RunningView>> alive = {};

  /// Errors: kCorrupt; those of FrozenImages and the store.
  Result<void> add_to(StateWrite& write, TableReader& store) const;
  /// As those of FrozenImages.
  bool is_lost() const;
  void let_go() const;
};

/// The declared views at work: those of the catalog, and of each that was changed the former one,
/// until the new one has counted all of the log. A view that is new is made by a backfill beside
/// those that are live; of several that wait all are made by one pass.
/// Threading: one owner. Lifetime: what is passed must outlive it.
class DeclaredViews {
 public:
  struct Parts {
    History& history;
    StateStore& store;
    const CatalogSource& catalog;
    ServedViews& served;
    const IdHasher& ids;
    std::size_t shares_max = 1;  ///< Into so many the live ones are shared out.
  };

  /// `seed`: see MeasurePlan.
  DeclaredViews(const Parts& parts, std::uint64_t seed, const ViewSettings& settings);

  /// Takes the catalog up, once at the beginning. `is_beginning`: no event of the log is counted
  /// yet, nor was one dropped: what is new is live at once.
  void begin(bool is_beginning) { follow(*parts_.catalog.current(), is_beginning); }
  /// Takes up the catalog whose control record was met, or a newer one.
  void follow_catalog(std::uint32_t number) {
    follow(*parts_.catalog.announced(std::max(number, number_)), false);
  }

  /// Of the newest catalog that was taken up.
  std::uint32_t catalog_number() const { return number_; }

  /// The views that are live are counted in shares: so many, which may be counted at the same time.
  std::size_t share_count() const { return shares_.size(); }
  /// Counts the events of `block` that are the first of their id in the views of a share. After an
  /// error the same block is to come again: each view goes on where it is. Errors: kCorrupt; those
  /// of the store.
  Result<void> count(const Block& block, std::size_t share);
  /// The block is counted in all shares.
  void end_block();

  /// Makes what is not live, about `bytes_max` more of the log, up to `counted`, which the others
  /// have counted, by partition: the events of `tally`. `settled`: all that was received before and
  /// is durable is counted. True: something was done. Errors: those that may be tried again. Others
  /// end this alone: what was to be made is begun anew by the next start, and the reason is
  /// reported.
  struct Counted {
    std::span<const Offset> until;
    const TallyBySource& tally;
    std::span<const ClockCorrection> corrections;
    ProcessingTime settled;
  };
  Result<bool> backfill(const Counted& counted, std::size_t bytes_max);
  bool is_half_way() const { return backfill_ && backfill_->is_half_way(); }
  /// Something is to be made, for which all of the log is needed.
  bool is_making() const;
  /// Those that count every event, by name.
  std::span<RunningView* const> live() const { return live_; }
  struct LiveView {
    const std::string& id;
    RunningView& running;
    std::optional<EventTime> complete_from;  ///< ServedView::complete_from.
  };
  std::vector<LiveView> live_views() const;
  /// From when `view` is complete if of events that were received before `received` some are
  /// missing.
  EventTime complete_from(ProcessingTime received, const RunningView& view) const;
  /// Of those that are live, or made.
  std::vector<std::string> cell_tables() const;
  /// The ids of those that are live, ascending.
  std::vector<std::string> live_ids() const;
  /// Those of what encode() wrote. Nothing when it is damaged.
  static std::optional<std::vector<std::string>> live_ids_in(ByteReader& in);

  /// Drops what is over, with `keep`, and hours of accounts, with ViewSettings::accounts_keep. No
  /// event that was received before may come any more.
  void drop_expired(ProcessingTime until);

  /// Tables that a former version kept: they go with the next write.
  void drop_tables(std::vector<std::string> tables);

  /// As those of RunningView.
  FrozenViews freeze();
  void commit();
  /// Of a view in the making the watermark says nothing: its windows go on.
  std::size_t evict(const Eviction& what);
  /// They are frozen together, so that what is the oldest in one can be compared with others.
  std::optional<std::uint32_t> oldest() const;
  void forget_over(EventTime over);
  bool dirty() const;
  std::size_t memory_bytes() const;
  std::size_t hot_cells() const;
  /// How the budgets of keys are used.
  void add_keys(ProcessorStats& stats) const;

  bool empty() const { return views_.empty() && number_ == 0; }
  /// Right after freeze().
  void encode(ByteWriter& out) const;
  /// On a new object. Errors: kCorrupt; kInvalid, it was written by a newer version.
  Result<void> restore(ByteReader& in);
  /// What audit() needs besides; right after either. Without restore_tallies(), as an older program
  /// kept none, what was given to views before is not known, and their accounts begin as they are.
  void encode_tallies(ByteWriter& out) const;
  Result<void> restore_tallies(ByteReader& in);
  void begin_tallies(const EventTally& counted);
  /// The same of what is known of the hours of accounts; they begin after `newest`, when the newest
  /// event was received, as an older program kept none.
  void encode_hours(ByteWriter& out) const;
  Result<void> restore_hours(ByteReader& in);
  void begin_hours(ProcessingTime newest);

  /// What readers get of the views that they read: those `wanted` now, by id, and those of before.
  /// `anew`: over a snapshot of now; those that nobody has wanted since the last such one are let
  /// go of, as they would be told in full.
  std::vector<ViewChange> publish(std::span<const std::string> wanted, EventTime watermark,
                                  bool anew);
  /// As ViewSource::whole_rows(), over a snapshot of now.
  Result<RowSnapshot> whole_rows(const WholeRowsQuery& query, EventTime watermark,
                                 std::shared_ptr<const StateSnapshot> stored);
  /// As ViewSource::books().
  Result<ViewBooks> books(std::string_view id, std::shared_ptr<const StateSnapshot> stored) const;
  /// Follows the watermark of the views that are live.
  void settle(EventTime watermark);
  /// Whether what was told would be told differently, though no event was counted since: a view is
  /// gone, or a window of it has become final.
  bool has_news(EventTime watermark);
  /// Nobody reads.
  void end_publishing();

  /// The account of each that is live. `before`: the events that all of them were to count before
  /// `block`, which may be counted in part.
  std::vector<ViewAudit> audit(const EventTally& before, const Block& block) const;

  /// By name, then by id. `until`: as of backfill().
  std::vector<ViewReport> report(std::span<const Offset> until) const;

 private:
  enum class Stage : std::uint8_t { kWaiting = 0, kBackfilled = 1, kLive = 2 };
  struct View {
    CatalogView declared;
    /// Null: it cannot be made. Shared with what is frozen of it, and is not written yet.
    std::shared_ptr<RunningView> running;
    Stage stage = Stage::kWaiting;
    std::optional<EventTime> complete_from = {};
    std::string error = {};  ///< Why it cannot be made.
    /// ViewAudit::earlier. Nothing: what it was given was not noted from its beginning on, so that
    /// this is seen only once it is live.
    std::optional<EventTally> earlier = EventTally();

    const std::string& id() const { return declared.id; }
    bool is(Stage wanted) const { return stage == wanted; }
  };

  /// A view that somebody reads.
  struct Reading {
    bool is_asked = false;  ///< Since all was told anew.
    EventTime next_end;     ///< RunningView::next_end() of what was told.
  };

  /// What the events that were timed took.
  struct Cost {
    std::uint64_t events = 0;
    std::chrono::nanoseconds took{0};
  };

  /// Of the live views every so-manieth, on a thread of its own.
  struct alignas(64) Share {
    Share(const ViewInputs& view_inputs, const IdHasher& ids) : inputs(view_inputs, ids) {}

    std::vector<std::size_t> views = {};  ///< Of live_.
    EventInputs inputs;
    BlockPlace place = {};       ///< Of the block at hand.
    std::size_t views_done = 0;  ///< The next event is counted in so many.
    std::uint64_t events = 0;
  };

  View make(const CatalogView& declared, bool is_beginning);
  Result<std::unique_ptr<RunningView>> run(const CatalogView& declared);
  void drop(const View& view);
  bool is_wanted(const View& view, const ViewCatalog& catalog) const;
  void follow(const ViewCatalog& catalog, bool is_beginning);
  void list_running();
  void share_live();
  Result<void> count(const KeyedEvent& event, EventTime closed_until, Share& share);
  const Share& share_of(std::size_t live) const { return shares_[live % shares_.size()]; }
  bool has_counted_next(std::size_t live) const;
  void serve();
  template <typename Number>
  std::size_t sum(Number number) const;
  Result<bool> begin_backfill();
  void end_backfill(std::optional<ProcessingTime> received_from, const EventTally& counted);
  void fail_backfill(const Error& error);
  void encode_view(const View& view, ByteWriter& out) const;
  Result<void> restore_view(ByteReader& in);
  ViewChange change_of(View& view, EventTime watermark, bool begins);
  ViewReport report_of(const View& view, std::span<const Offset> until) const;

  const Parts parts_;
  const std::uint64_t seed_;
  const GroupLimit group_limit_;
  const Microseconds event_ahead_max_;
  const Microseconds accounts_keep_;
  const KeyLimit key_limit_;
  std::uint32_t number_ = 0;  // Of the catalog.
  ViewInputs view_inputs_;
  std::vector<View> views_;  // By name, then by id.
  std::vector<RunningView*> live_;
  std::vector<Cost> costs_;  // Of those, by a sample.
  std::deque<Share> shares_;
  std::vector<RunningView*> backfilled_;     // By backfill_.
  std::unique_ptr<HistoryReader> backfill_;  // Null: nothing is being made.
  std::vector<std::string> dropped_tables_;  // Since the last freeze; so is the next.
  std::vector<StateWrite::Range> dropped_hours_;
  std::map<std::string, Reading, std::less<>> read_;  // By id.
};

}  // namespace hapax
