// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hash/id_hasher.hpp"
#include "published/hot_update.hpp"
#include "published/published_manifest.hpp"
#include "stream/event_hash.hpp"
#include "stream/keyed_event.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/memory_view_store.hpp"
#include "views/catalog/catalog_text.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/running_view.hpp"
#include "views/runtime/served_views.hpp"
#include "views/runtime/whole_cell_rows.hpp"
#include "views/runtime/whole_rows.hpp"

namespace hapax {

/// A partition that counts events into one view, and publishes it as its owner would.
class CountingPartition {
 public:
  static constexpr LogId kLog{6};  ///< That it is of.

  explicit CountingPartition(PartitionId partition, const std::string& spec, std::string id = "v.1",
                             const KeyLimit& keys = {})
      : id_(std::move(id)),
        view_(make_running_view(parse_view_json(spec).value(), inputs_, 7, store_, id_, {}, keys)
                  .value()) {
    manifest_.log = kLog;
    manifest_.partition.partition = partition;
    manifest_.partition.watermark = EventTime::min();
    manifest_.views.push_back({.account = {.view = id_}, .living_from = {}});
  }

  void add(const KeyedEvent& event, EventTime watermark = EventTime::min()) {
    event_.read(event);
    ASSERT_TRUE(view_->add(event_, watermark));
    enter(event);
  }
  void drop_expired(ProcessingTime until) { view_->drop_expired(until); }
  void pass(EventTime watermark) { manifest_.partition.watermark = watermark; }

  /// All that has changed is in the store, and in what is returned.
  StateWrite checkpoint() {
    StateWrite write{.manifest = {}};
    const FrozenRunningView frozen = view_->freeze();
    EXPECT_TRUE(frozen.add_to(write, store_));
    EXPECT_TRUE(store_.write(write));
    frozen.let_go();
    view_->commit();
    stored_until_ = manifest_.partition.processed;
    return write;
  }
  /// What is to be published of it.
  PartitionUpdate next_update() {
    PartitionUpdate update{.version = version_ + 1, .since = version_, .change = checkpoint()};
    update.change.manifest = encode_published(manifest());
    if (!catalog_.empty()) {
      StateWrite::Table& table = update.change.tables.emplace_back();
      table.name = kCatalogTable;
      table.changes.put(kCatalogKey, std::exchange(catalog_, {}));
    }
    ++version_;
    return update;
  }
  /// What has changed since, as its owner tells it before that is published.
  HotUpdate tell(std::uint64_t epoch, std::uint64_t number) {
    std::map<std::string, std::string> rows;
    view_->cells().visit_unsaved(
        [&](const Window& window, std::string_view group, const ViewCell& cell) {
          const std::string key = window_key(window).append(group);
          WholeCellRows whole = encode_whole(cell, view_->plan().measures());
          rows[summary_key(key)] = std::move(whole.summary);
          rows[run_key(key, 0)] = std::move(whole.run);
        });
    HotUpdate update{.partition = manifest_.partition.partition,
                     .epoch = epoch,
                     .number = number,
                     .since = stored_until_};
    update.change.manifest = encode_published(manifest());
    StateWrite::Table& table = update.change.tables.emplace_back();
    table.name = this->table();
    for (const auto& [key, value] : rows) {
      value.empty() ? table.changes.erase(key) : table.changes.put(key, value);
    }
    return update;
  }
  /// Is published with the next update.
  void count_by(const ViewCatalog& catalog) {
    manifest_.catalog = catalog.number;
    catalog_ = encode_catalog(catalog);
  }
  void publish_to(PublishedTables& tables) {
    ASSERT_TRUE(tables.publish(manifest_.partition.partition, next_update()));
  }

  /// As of now. What a test sets in it is published.
  PublishedManifest& manifest() {
    PublishedView& view = manifest_.views.front();
    view.living_from = view_->cells().living_from();
    view.settled_until = view_->settle(manifest_.partition.watermark);
    const SourceAccount account = view_->account().whole();
    view.account.filtered = view_->filtered();
    view.account.matching = account.matching;
    view.account.counted = account.counted;
    view.account.expired = account.expired;
    view.account.without_key = account.without_key;
    view.in_cells = account.in_cells;
    view.kind_mismatches = account.kind_mismatches;
    return manifest_;
  }
  std::uint64_t version() const { return version_; }
  const std::string& id() const { return id_; }
  std::string table() const { return view_->cells().table(); }
  std::string living_from() const { return view_->cells().living_from(); }
  const std::shared_ptr<const ViewShape>& shape() const { return view_->shape(); }
  std::shared_ptr<const ServedView> served() const {
    return std::make_shared<const ServedView>(ServedView{.id = id_, .shape = view_->shape()});
  }

  /// The rows of this partition alone, as one machine reads them; after checkpoint().
  RowSnapshot rows() {
    RowSnapshot rows(view_->shape(), table(), store_.snapshot().value());
    rows.drop_before(living_from());
    rows.settle(view_->settle(manifest_.partition.watermark));
    return rows;
  }
  RowSnapshot whole_rows(const WholeRowsQuery& query) {
    return take_whole_rows(view_->cells(), view_->shape(), store_.snapshot().value(), query)
        .value();
  }

 private:
  /// Into the books.
  void enter(const KeyedEvent& event) {
    auto& sources = manifest_.sources;
    auto at = std::ranges::lower_bound(sources, event.event.source, {}, [](const SourceAudit& one) {
      return std::string_view(one.source);
    });
    if (at == sources.end() || at->source != event.event.source) {
      at = sources.insert(at, SourceAudit());
      at->source = event.event.source;
    }
    for (std::uint64_t* count :
         {&at->received, &at->accepted, &at->unique, &at->on_time, &at->counted}) {
      ++*count;
    }
    for (Digest* digest :
         {&at->received_digest, &at->accepted_digest, &at->unique_digest, &at->counted_digest,
          &manifest_.partition.log_digest, &manifest_.partition.processed_digest}) {
      digest->add(event.seen.id);
    }
    const auto micros = [](auto time) { return static_cast<std::uint64_t>(to_micros(time)); };
    at->newest_event = std::max(at->newest_event, micros(event.event.event_time));
    at->newest_received = std::max(at->newest_received, micros(event.event.received_at));
    manifest_.views.front().account.unique.add(event.seen.id);
    manifest_.partition.processed = advance(manifest_.partition.processed, 1);
    manifest_.partition.end = manifest_.partition.processed;
  }

  const std::string id_;
  MemoryStateStore store_;
  IdHasher hasher_;
  ViewInputs inputs_;
  EventInputs event_{inputs_, hasher_};
  std::unique_ptr<RunningView> view_;
  PublishedManifest manifest_;
  std::string catalog_;
  std::uint64_t version_ = 0;
  Offset stored_until_ = {};
};

}  // namespace hapax
