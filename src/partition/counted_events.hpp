// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/books.hpp"
#include "cluster/control_note.hpp"
#include "cluster/events_owner.hpp"
#include "cluster/kept_files.hpp"
#include "cluster/unpublished_changes.hpp"
#include "core/digest.hpp"
#include "hash/id_hasher.hpp"
#include "partition/topic_history.hpp"
#include "ports/portable_store.hpp"
#include "processing/block.hpp"
#include "processing/declared_views.hpp"
#include "processing/partition_times.hpp"
#include "processing/processor_settings.hpp"
#include "processing/tally_by_source.hpp"
#include "published/published_manifest.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

struct CountedEventsSettings {
  LogId log = {};  ///< PublishedManifest::log.
  /// The newest of the cluster, which say what was brought into it; null: nothing ever is.
  std::function<const ClusterSettings&()> of_cluster = {};
  ResultSettings results;
  ViewSettings view = {};
  HashKey id_key = {};          ///< Of the whole cluster.
  std::uint64_t hash_seed = 0;  ///< Of tables in memory, which clients must not know.
  DedupSettings dedup = {};     ///< Of its own ids.
  std::string owner = {};       ///< PublishedManifest::owner.
  /// Of what was counted, read at once for views that are made.
  std::size_t backfill_bytes = std::size_t{256} << 10U;
  /// Names of views whose cells are published for people, too (sql_cells.hpp); nothing: of all.
  /// Another choice holds from the next state on that is kept, which says what it was published
  /// with.
  std::optional<std::vector<std::string>> sql_views = std::vector<std::string>();
};

/// What the events of one partition are counted in: views and books, as ProcessorCore does of
/// all partitions of one machine, but that dedup has decided already; beside them its own judge,
/// for whom it is to decide. A function of the events and their verdicts in the order of the log,
/// and of how far settle() says they go. Events are counted block by block, the last at the next
/// freeze(). Threading: one owner. Lifetime: what is passed must outlive it.
class CountedEvents : public CountedState {
 public:
  /// `history`: what views are made from that are declared later.
  CountedEvents(PartitionId partition, const CountedEventsSettings& settings,
                const CatalogSource& catalog, PortableStore& store,
                std::unique_ptr<History> history = std::make_unique<NoHistory>());
  ~CountedEvents() override;

  Result<EventFacts> read(const TopicRecord& record) const override;
  Result<void> count(const TopicRecord& record, Verdict verdict) override;
  void settle(const CountedPlace& place, OwnerBooks books) override;
  /// Takes up a catalog that is new, and makes its views, some of the history with each call.
  Result<void> catch_up() override;
  bool holds_log() const override;
  bool has_news() const override { return news_ != kept_news_; }
  ClaimJudge& judge() override;

  Result<void> restore(const std::string& payload, std::vector<std::string> names,
                       std::vector<std::string> files) override;
  Result<StateImage> freeze(std::uint64_t version) override;
  void kept(const std::vector<std::string>& names) override;

  Result<PartitionUpdate> update_from(std::uint64_t version) override;
  void published(std::uint64_t version) override { changes_.forget(version); }
  std::size_t unkept_bytes() const override;

  /// What goes to readers before it is kept (HotUpdate).
  struct Told {
    Offset since;  ///< Where all in memory began that the tables may not have.
    StateWrite change;
  };
  /// Of what is told at once.
  struct TellLimits {
    std::size_t cells_max;  ///< That may have changed since `since`, about.
    std::size_t bytes_max;  ///< Of rows, but for the last one.
  };
  /// The cells that have changed since the call before, each whole; `anew`: since `since`. What was
  /// counted goes to `place`. Nothing: it would be more than `limits`, and end_telling() was
  /// called. Between the first call and end_telling() changes are noted, and stay in memory until
  /// they are told. Cost: but for counting none where more cells have changed than may. Errors:
  /// kUnavailable, nothing of it is lost.
  Result<std::optional<Told>> tell(const CountedPlace& place, const TellLimits& limits, bool anew);
  void end_telling();

  /// Memory is short: it is time to keep the state.
  bool wants_save() const;

 private:
  /// What is made over the store, once that is open.
  struct Counting;
  /// A view whose cells readers find.
  struct PublishedCells {
    std::string id;
    std::string table;
    std::shared_ptr<const ViewShape> shape;
  };
  /// What was taken of a state and is not in the store yet.
  struct Frozen {
    FrozenViews views;
    FrozenIds ids;
    std::vector<std::string> tables;  ///< That readers get.
    std::vector<PublishedCells> cells;
    std::vector<std::string> derived;  ///< Of UnpublishedChanges.
    std::uint64_t version;
    Offset counted;
  };

  Result<void> apply();
  Result<void> take();
  Result<void> enter(const TakenBatch& taken, std::size_t event);
  void make_room();
  void follow_cluster();
  void pass_watermark();
  ProcessingTime behind_all_counted() const;

  Result<void> write_frozen();
  void add_catalog(StateWrite& write);
  std::size_t unsaved_cells() const;
  std::vector<std::string> published_tables() const;
  std::vector<PublishedCells> published_cells() const;
  std::vector<std::string> sql_words() const;
  Result<void> add_sql_tables(StateWrite& change) const;
  PublishedManifest manifest() const;
  std::optional<EventTime> lacks_before(const RunningView& view) const;
  std::string encode() const;
  Result<void> decode(const std::string& state);

  const PartitionId partition_;
  const CountedEventsSettings settings_;
  const CatalogSource& catalog_;
  PortableStore& store_;
  const IdHasher ids_;
  const std::unique_ptr<History> history_;
  KeptFiles files_;
  UnpublishedChanges changes_;

  std::unique_ptr<Counting> counting_;
  PartitionTimes times_;
  Books books_;
  TallyBySource counted_;  // What the views have taken in, by their side of the account.
  Digest digest_;          // Of the ids of all records.
  EventTime watermark_ = kWatermarkMin;
  CountedPlace place_ = {.counted = {}, .complete = ProcessingTime::min()};
  OwnerBooks told_;

  // Of the catalog, and of views that are made.
  std::shared_ptr<const ViewCatalog> followed_;
  std::string written_catalog_;     // As it is in the store; empty: not known.
  std::uint32_t kept_catalog_ = 0;  // Its number in the state that was restored.
  SettingsEpoch followed_settings_ = {};
  std::optional<MigratedLog> migrated_;
  std::uint64_t news_ = 0;       // How often something of these has changed,
  std::uint64_t kept_news_ = 0;  // and by the last freeze.

  // The next block: records as they come, then as they are counted.
  std::string records_;
  Offset records_from_ = {};
  Offset records_end_ = {};
  Offset applied_ = {};  // What is below it is counted in all views that are live.
  std::vector<Verdict> verdicts_;
  Block block_;
  BlockPlace entered_;

  // Of the state in the store: what readers get of it, whatever has come and gone since.
  std::vector<std::string> stored_tables_;
  std::vector<PublishedCells> stored_cells_;

  std::optional<Frozen> frozen_;
  Offset stored_until_ = {};  // The tables have what was counted below it.
  std::string manifest_;      // Of the state that was frozen last.
  bool evicting_ = false;
};

}  // namespace hapax
