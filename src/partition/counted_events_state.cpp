// SPDX-License-Identifier: Apache-2.0
// How what is counted is kept and published.
#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "bytes/bytes.hpp"
#include "partition/counted_events.hpp"
#include "partition/counting.hpp"
#include "partition/sql_cells.hpp"
#include "processing/source_audits.hpp"
#include "views/catalog/catalog_text.hpp"
#include "views/runtime/hourly_accounts.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr const char* kUnpublishedTable = "unpublished";
/// Behind the id of a view, of what is derived; no id has it.
constexpr const char* kSampledMark = " sampled";

Error damaged() {
  return {ErrorKind::kCorrupt, "the state of a partition of events is damaged"};
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// Of `write` what readers get.
StateWrite published_part(const StateWrite& write, const std::vector<std::string>& tables) {
  StateWrite part;
  for (const StateWrite::Table& table : write.tables) {
    if (table.dropped || contains(tables, table.name)) {
      part.tables.push_back(table);
    }
  }
  return part;
}

}  // namespace

Result<StateImage> CountedEvents::freeze(std::uint64_t version) {
  HAPAX_TRY(apply());
  if (counting_->views.is_half_way()) {
    HAPAX_TRY(catch_up());
  }
  HAPAX_TRY(write_frozen());  // Of a freeze that failed: the state has gone on since.
  pass_watermark();
  DeclaredViews& views = counting_->views;
  views.drop_expired(place_.complete);
  frozen_.emplace(Frozen{.views = views.freeze(),
                         .ids = counting_->judge.freeze(),
                         .tables = published_tables(),
                         .cells = published_cells(),
                         .derived = sql_words(),
                         .version = version,
                         .counted = place_.counted});
  PublishedManifest told = manifest();
  told.missed = told_.missed;
  told.collectors = told_.collectors;
  manifest_ = encode_published(told);
  const std::string state = encode();
  HAPAX_TRY(write_frozen());
  kept_news_ = news_;
  return files_.image(state);
}

/// As far as what is counted says.
void CountedEvents::pass_watermark() {
  const PartitionWatermark& own = times_.watermark();
  const PartitionProgress progress{
      .watermark = own.value(),
      .started = own.started() || place_.complete > ProcessingTime::min(),
      .caught_up = true};
  watermark_ =
      std::max(watermark_, global_watermark({&progress, 1}, place_.complete,
                                            {.bound = settings_.results.out_of_order_bound,
                                             .idle_timeout = settings_.results.idle_timeout}));
  counting_->views.settle(watermark_);
}

Result<void> CountedEvents::write_frozen() {
  if (!frozen_) {
    return {};
  }
  StateWrite write{.manifest = "events"};
  HAPAX_TRY(frozen_->views.add_to(write, store_.tables()));
  HAPAX_TRY(frozen_->ids.add_to(write, store_.tables()));
  add_catalog(write);
  UnpublishedChanges changes = changes_;
  changes.add(frozen_->version, published_part(write, frozen_->tables), frozen_->derived);
  std::string encoded;
  ByteWriter out(encoded);
  changes.encode(out);
  StateWrite::Table& unpublished = write.tables.emplace_back();
  unpublished.name = kUnpublishedTable;
  unpublished.changes.put("", encoded);
  HAPAX_TRY(store_.tables().write(write));
  changes_ = std::move(changes);
  written_catalog_ = encode_catalog(*followed_);
  stored_tables_ = std::move(frozen_->tables);
  stored_cells_ = std::move(frozen_->cells);
  frozen_->views.let_go();
  counting_->views.commit();
  counting_->judge.commit();
  stored_until_ = frozen_->counted;
  frozen_.reset();
  return {};
}

void CountedEvents::add_catalog(StateWrite& write) {
  const std::string catalog = encode_catalog(*followed_);
  const bool is_behind = followed_->number < counting_->views.catalog_number();
  if (!is_behind && catalog != written_catalog_) {
    StateWrite::Table& table = write.tables.emplace_back();
    table.name = kCatalogTable;
    table.changes.put(kCatalogKey, catalog);
  }
}

/// Those of views in the making, too: once these can be read, all of their cells must be there.
std::vector<std::string> CountedEvents::published_tables() const {
  std::vector<std::string> tables = counting_->views.cell_tables();
  tables.emplace_back(kHoursTable);
  tables.emplace_back(kCatalogTable);
  return tables;
}

Result<PartitionUpdate> CountedEvents::update_from(std::uint64_t version) {
  HAPAX_ASSIGN(PartitionUpdate update,
               changes_.update_from(version, stored_tables_, store_.tables()));
  update.change.manifest = manifest_;
  HAPAX_TRY(add_sql_tables(update.change));
  return update;
}

std::vector<CountedEvents::PublishedCells> CountedEvents::published_cells() const {
  std::vector<PublishedCells> cells;
  for (const DeclaredViews::LiveView& view : counting_->views.live_views()) {
    cells.push_back(
        {.id = view.id, .table = view.running.cells().table(), .shape = view.running.shape()});
  }
  return cells;
}

/// What is to be there for people, one word for each view. A partition that counts a sample of its
/// keys says so in all rows of the view: those of the others alone would look like all.
std::vector<std::string> CountedEvents::sql_words() const {
  std::vector<std::string> words;
  for (const DeclaredViews::LiveView& view : counting_->views.live_views()) {
    if (!settings_.sql_views || contains(*settings_.sql_views, view.running.shape()->spec.name)) {
      words.push_back(view.running.key_shares() == nullptr ? view.id : view.id + kSampledMark);
    }
  }
  return words;
}

/// As the state says that is published, whatever the settings of who publishes it: so what readers
/// find of a version is the same whoever brought it there.
Result<void> CountedEvents::add_sql_tables(StateWrite& change) const {
  std::vector<StateWrite::Table> added;
  for (const PublishedCells& view : stored_cells_) {
    const auto cells = std::ranges::find(change.tables, view.table, &StateWrite::Table::name);
    const bool is_sampled = contains(changes_.derived(), view.id + kSampledMark);
    if (cells != change.tables.end() && (is_sampled || contains(changes_.derived(), view.id))) {
      HAPAX_ASSIGN(StateWrite::Table rows, sql_change(*cells, *view.shape, is_sampled));
      added.push_back(std::move(rows));
    }
  }
  std::ranges::move(added, std::back_inserter(change.tables));
  return {};
}

/// What readers are told of all that is counted, but for what the owner knows beside.
PublishedManifest CountedEvents::manifest() const {
  PublishedManifest told{.log = settings_.log,
                         .partition = {.partition = partition_,
                                       .processed = place_.counted,
                                       .end = place_.counted,
                                       .log_digest = digest_,
                                       .processed_digest = digest_,
                                       .watermark = watermark_},
                         .complete_until = place_.complete,
                         .sources = books_.sources(),
                         .owner = settings_.owner};
  const std::vector<ViewAudit> audits = counting_->views.audit(unique_of(told.sources), Block());
  add_counted(counted_, told.sources);
  for (const DeclaredViews::LiveView& view : counting_->views.live_views()) {
    const SourceAccount account = view.running.account().whole();
    PublishedView& published = told.views.emplace_back();
    published = {.account = *std::ranges::find(audits, view.id, &ViewAudit::view),
                 .living_from = view.running.cells().living_from(),
                 .settled_until = view.running.settle(watermark_),
                 .complete_from = std::max(view.complete_from, lacks_before(view.running)),
                 .is_sampled = view.running.key_shares() != nullptr,
                 .in_cells = account.in_cells,
                 .kind_mismatches = account.kind_mismatches};
  }
  std::ranges::sort(told.views, {}, [](const PublishedView& view) { return view.account.view; });
  for (const ViewReport& view : counting_->views.report({&applied_, 1})) {
    if (view.state != ViewState::kLive) {
      told.making.push_back({.view = view.id,
                             .error = view.error,
                             .records_done = view.progress.records_done,
                             .records_total = view.progress.records_total});
    }
  }
  told.catalog = counting_->views.catalog_number();
  if (migrated_) {
    const FormerLog& former = migrated_->log;
    told.former = {.log = former.log, .ends = former.ends};
    told.former->in = migrated_->is_done ? former.in.at(partition_.value()) : Offset(0);
  }
  return told;
}

/// What was not brought into the cluster.
std::optional<EventTime> CountedEvents::lacks_before(const RunningView& view) const {
  return migrated_ && migrated_->complete_from
             ? std::optional(counting_->views.complete_from(*migrated_->complete_from, view))
             : std::nullopt;
}

std::string CountedEvents::encode() const {
  std::string state;
  ByteWriter out(state);
  out.put_u8(kVersion);
  out.put_u64(ids_.key_id());
  out.put_time(watermark_);
  times_.encode_watermarks(out);
  out.put_digest(digest_);
  books_.encode(out);
  counted_.encode(out);
  const DeclaredViews& views = counting_->views;
  views.encode(out);
  views.encode_tallies(out);
  views.encode_hours(out);
  counting_->judge.encode(out);
  out.put_string(manifest_);
  return state;
}

Result<void> CountedEvents::decode(const std::string& state) {
  ByteReader in(state);
  if (in.u8() != kVersion) {
    return Error{ErrorKind::kInvalid, "the state of a partition was kept by a newer Hapax",
                 "start a version that is at least as new"};
  }
  if (in.u64() != ids_.key_id()) {
    return Error{ErrorKind::kInvalid, "the state of a partition was made with another id.key",
                 "give all machines of the cluster the same cluster.key_file"};
  }
  watermark_ = in.event_time();
  HAPAX_TRY(times_.restore_watermarks(in));
  digest_ = in.digest();
  HAPAX_TRY(books_.restore(in));
  counted_.restore(in);
  DeclaredViews& views = counting_->views;
  HAPAX_TRY(views.restore(in));
  HAPAX_TRY(views.restore_tallies(in));
  HAPAX_TRY(views.restore_hours(in));
  HAPAX_TRY(counting_->judge.restore(in));
  manifest_ = in.string();
  if (!in.ok() || !in.at_end()) {
    return damaged();
  }
  HAPAX_ASSIGN(const PublishedManifest told, decode_published(manifest_));
  stored_until_ = applied_ = told.partition.processed;
  kept_catalog_ = told.catalog;
  return {};
}

Result<void> CountedEvents::restore(const std::string& payload, std::vector<std::string> names,
                                    std::vector<std::string> files) {
  HAPAX_ASSIGN(const std::string state,
               files_.restore(payload, std::move(names), std::move(files)));
  counting_ = std::make_unique<Counting>(settings_, ids_, catalog_, *history_, store_.tables());
  followed_ = catalog_.current();
  if (state.empty()) {
    counting_->views.begin(true);
    return {};
  }
  HAPAX_TRY(decode(state));
  stored_tables_ = published_tables();
  stored_cells_ = published_cells();
  counting_->views.begin(false);
  news_ += counting_->views.catalog_number() == kept_catalog_ ? 0 : 1;
  HAPAX_ASSIGN(const std::optional<std::string> unpublished,
               store_.tables().find(kUnpublishedTable, ""));
  ByteReader changes(unpublished ? std::string_view(*unpublished) : std::string_view());
  return unpublished && changes_.restore(changes) ? Result<void>() : damaged();
}

}  // namespace hapax
