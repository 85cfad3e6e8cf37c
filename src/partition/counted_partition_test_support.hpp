// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "partition/counted_events.hpp"
#include "partition/counted_events_test_support.hpp"
#include "published/published_manifest.hpp"
#include "testing/memory_portable_store.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/memory_view_store.hpp"

namespace hapax {

/// The owner of a partition, its objects, and what readers find.
class CountedPartition {
 public:
  CountedPartition(const ProcessorSettings& settings, const CatalogSource& catalog)
      : settings_{.results = settings.results, .view = settings.view, .id_key = settings.id_key},
        catalog_(catalog) {
    settings_.of_cluster = [this]() -> const ClusterSettings& { return cluster; };
    begin();
  }

  void count(const TopicRecord& record, Verdict verdict) {
    ASSERT_TRUE(state_->count(record, verdict));
    counted_ = advance(record.offset, 1);
    complete_ = std::max(complete_, state_->read(record).value().received_at);
  }
  /// By the partition's own ids.
  void count_first_of_its_id(const TopicRecord& record) {
    const EventFacts facts = state_->read(record).value();
    std::optional<Verdict> verdict = Verdict::kRejected;
    if (facts.seen) {
      ForgetFloor floor;
      const TimeSpan span = floor.pass(facts.received_at, settings_.results.dedup_window);
      verdict = state_->judge()
                    .judge(kOwn, {.offset = record.offset,
                                  .seen = *facts.seen,
                                  .span = span,
                                  .floor = floor.value()})
                    .value();
    }
    count(record, verdict.value());
  }
  void keep() {
    ASSERT_TRUE(state_->judge().settle({.partition = kOwn,
                                        .counted = counted_,
                                        .time = ProcessingTime::min(),
                                        .floor = ProcessingTime::min()}));
    state_->settle({.counted = counted_, .complete = complete_}, books);
    Result<StateImage> image = state_->freeze(++version_);
    ASSERT_TRUE(image);
    files_ = image->kept;
    for (std::string& bytes : image->fresh) {
      files_.push_back(std::to_string(objects_.size()));
      objects_[files_.back()] = std::move(bytes);
    }
    payload_ = image->payload;
    kept_counted_ = counted_;
    state_->kept(files_);
  }
  /// All that was received before is counted.
  void pass(ProcessingTime complete) { complete_ = complete; }
  bool has_kept() const { return version_ > 0; }
  bool has_published() const { return readers_at_ > 0; }
  /// Does nothing where readers have all that is kept.
  void publish() {
    if (readers_at_ == version_) {
      return;
    }
    PartitionUpdate update = state_->update_from(readers_at_).value();
    update.version = version_;
    ASSERT_TRUE(published.publish(kPartition, update));
    readers_at_ = version_;
    state_->published(version_);
  }
  /// Of the next owner.
  void set_sql_views(std::vector<std::string> views) { settings_.sql_views = std::move(views); }
  /// The schema is dropped.
  void lose_published() {
    published.lose();
    readers_at_ = 0;
  }
  /// The next owner goes on with what is kept; where.
  Offset move() {
    begin();
    counted_ = kept_counted_;
    return counted_;
  }
  /// What is taken of the state cannot be written, once.
  void fail_to_freeze() {
    store_->tables().fail_writes(Error{ErrorKind::kUnavailable, "the disk says no"});
    EXPECT_FALSE(freeze());
    store_->tables().fail_writes(std::nullopt);
  }
  Result<std::optional<CountedEvents::Told>> tell(const CountedEvents::TellLimits& limits,
                                                  bool anew) {
    return state_->tell({.counted = counted_, .complete = complete_}, limits, anew);
  }
  Result<void> catch_up() { return state_->catch_up(); }
  bool has_news() const { return state_->has_news(); }
  Result<StateImage> freeze() { return state_->freeze(version_ + 1); }
  PublishedManifest manifest() const {
    return decode_published(published.now()->front().published.manifest).value();
  }
  /// What readers find, as a store.
  MemoryStateStore tables() const { return store_of(published); }

  PublishedTables published;
  OwnerBooks books;
  ClusterSettings cluster;  ///< Its newest settings.

 private:
  static constexpr PartitionId kOwn{0};

  void begin() {
    state_.reset();
    store_ = std::make_unique<MemoryPortableStore>();
    state_ = std::make_unique<CountedEvents>(kPartition, settings_, catalog_, *store_);
    std::vector<std::string> files;
    for (const std::string& name : files_) {
      files.push_back(objects_[name]);
    }
    ASSERT_TRUE(state_->restore(payload_, files_, files));
  }

  CountedEventsSettings settings_;
  const CatalogSource& catalog_;
  std::map<std::string, std::string> objects_;
  std::vector<std::string> files_;
  std::string payload_;
  std::uint64_t version_ = 0;
  std::uint64_t readers_at_ = 0;
  Offset counted_ = {};
  Offset kept_counted_ = {};
  ProcessingTime complete_ = ProcessingTime::min();
  std::unique_ptr<MemoryPortableStore> store_;
  std::unique_ptr<CountedEvents> state_;
};

}  // namespace hapax
