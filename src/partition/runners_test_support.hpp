// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/collection.hpp"
#include "partition/partition_runner.hpp"
#include "published/published_manifest.hpp"
#include "record/event_wire.hpp"
#include "stream/event_hash.hpp"
#include "testing/held_objects.hpp"
#include "testing/held_side_work.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/memory_portable_store.hpp"
#include "testing/memory_topic.hpp"
#include "testing/memory_view_store.hpp"
#include "testing/processor_harness.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"
#include "testing/told_trouble.hpp"
#include "views/catalog/catalog_text.hpp"

namespace hapax {

// Two processes of a cluster in memory, and a collector beside them.

inline constexpr std::uint32_t kEventPartitions = 4;
inline constexpr std::uint32_t kClaimPartitions = 2;

/// Assigns what a test says.
class ToldGroup : public PartitionGroup {
 public:
  Result<void> poll() override { return {}; }
  const std::vector<std::set<PartitionId>>& assigned() const override { return told; }
  const std::vector<GroupMember>& members() const override { return others; }
  void commit(std::size_t topic, PartitionId partition, Offset offset) override {
    Offset& at = committed[{topic, partition}];
    EXPECT_GE(offset, at);
    at = offset;
  }

  std::vector<std::set<PartitionId>> told{2};
  std::vector<GroupMember> others;  ///< Itself, too.
  std::map<std::pair<std::size_t, PartitionId>, Offset> committed;
};

/// A store that does not answer for objects of one state.
class SilentObjects : public ObjectStore {
 public:
  explicit SilentObjects(ObjectStore& objects) : objects_(objects) {}

  void put(const std::string& name, std::string bytes, Done done) override {
    if (answers(name)) {
      objects_.put(name, std::move(bytes), std::move(done));
    }
  }
  void create(const std::string& name, std::string bytes, Created done) override {
    if (answers(name)) {
      objects_.create(name, std::move(bytes), std::move(done));
    }
  }
  void get(const std::string& name, Got done) override {
    if (answers(name)) {
      objects_.get(name, std::move(done));
    }
  }
  void list(const std::string& prefix, Listed done) override {
    if (answers(prefix)) {
      objects_.list(prefix, std::move(done));
    }
  }
  void remove(const std::string& name, Done done) override {
    if (answers(name)) {
      objects_.remove(name, std::move(done));
    }
  }

  std::string silent_of;

 private:
  bool answers(const std::string& name) const {
    return silent_of.empty() || !name.starts_with(silent_of);
  }

  ObjectStore& objects_;
};

/// Topics, an object store, what readers find: what processes of a cluster share.
struct SharedWorld {
  /// Of a cluster with topics of its own; with `others` its objects are those of another one.
  explicit SharedWorld(const std::string& id = "memory", HeldObjects::Objects* others = nullptr)
      : events(kEventPartitions, id),
        claims(kClaimPartitions, id),
        verdicts(kEventPartitions, id),
        control(1, id),
        objects(others == nullptr ? kept : *others) {
    declare({kEventsPerMinute});
  }
  /// What the cluster is to count from now on.
  void declare(const std::vector<std::string>& specs) {
    declared.set(specs);
    ClusterSettings settings = kFirstSettings;
    settings.epoch = SettingsEpoch(declared.newest_number());
    settings.views = encode_catalog(*declared.current());
    control.append(PartitionId(0), {{.header = {}, .value = encode_note(settings)}},
                   [](const auto&) {});
  }

  MemoryTopic events;
  MemoryTopic claims;
  MemoryTopic verdicts;
  MemoryTopic control;
  HeldObjects::Objects kept;
  HeldObjects objects;
  SilentObjects reached{objects};
  PublishedTables published;
  MemoryCatalog declared;
  SeededRandom random{7};
  StillClock clock;
  ToldTrouble trouble;
};

struct Process {
  explicit Process(SharedWorld& shared, const HotFeedSettings& feed = {.interval = {}})
      : views(shared.published),
        follower(shared.control, {.snapshot_after_bytes = 2000}),
        hot(feed, 1, shared.clock),
        runner({.counted = {.results = {}},
                .owner = {.held_bytes_max = 20'000},
                .save_interval = std::chrono::milliseconds(50)},
               {.events = shared.events,
                .claims = shared.claims,
                .verdicts = shared.verdicts,
                .control = shared.control,
                .follower = follower,
                .objects = shared.reached,
                .views = views,
                .side = side,
                .group = group,
                .trouble = shared.trouble,
                .catalog = catalog,
                .random = shared.random,
                .clock = shared.clock,
                .make_store = [](const auto&) { return std::make_unique<MemoryPortableStore>(); },
                .log = [](const std::string&) {},
                .hot = &hot}) {}

  MemoryViewStore views;
  ControlFollower follower;
  ClusterCatalog catalog{[](const std::string&) {}};
  HeldSideWork side;
  bool side_is_held = false;
  HotFeed hot;
  ToldGroup group;
  PartitionRunner runner;
};

class RunnersTest : public testing::Test {
 protected:
  RunnersTest() {
    for (int i = 0; i < 2; ++i) {
      processes_.push_back(std::make_unique<Process>(world_));
    }
    for (int i = 0; i < 20; ++i) {
      step();
    }
  }

  void step() {
    world_.clock.advance(std::chrono::milliseconds(5));
    for (MemoryTopic* topic : {&world_.events, &world_.claims, &world_.verdicts, &world_.control}) {
      topic->run();
    }
    while (objects_answer_ && world_.objects.waiting() > 0) {
      world_.objects.answer();
    }
    ASSERT_TRUE(follower_.step());
    collection_.step();
    collection_.report(world_.clock.now());
    for (const auto& process : processes_) {
      process->views.poll(std::chrono::milliseconds(0));
      if (!process->side_is_held) {
        process->side.work_off();
      }
      process->runner.step();
    }
  }
  /// An event, to the partition of its user.
  void send(const std::string& id, std::uint32_t user) {
    const Collection::Begun begun = collection_.begin(world_.clock.now());
    EventView event = shop_event(id, std::chrono::seconds(0), "u");
    event.received_at = begun.received_at;
    event.event_time = as_event_time(begun.received_at);
    std::string record;
    encode_event(event, record);
    const PartitionId partition(user % kEventPartitions);
    ASSERT_TRUE(collection_.append(
        begun.request,
        {{.partition = partition, .id = key_event(event, hasher_).seen.id, .record = record}},
        [](const Result<Receipt>& receipt) { EXPECT_TRUE(receipt); }));
    ++sent_;
    ids_.insert(id);
  }
  /// Something of which each state has something.
  void send_to_all() {
    for (std::uint32_t i = 0; i < 40; ++i) {
      send(std::to_string(i), i);
    }
  }
  void assign(bool events, std::uint32_t partition, std::size_t to) {
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      std::set<PartitionId>& told = processes_[i]->group.told[events ? 0 : 1];
      i == to ? static_cast<void>(told.insert(PartitionId(partition)))
              : static_cast<void>(told.erase(PartitionId(partition)));
    }
  }
  void assign_all(std::size_t to) {
    for (std::uint32_t p = 0; p < kEventPartitions; ++p) {
      assign(true, p, to);
    }
    for (std::uint32_t p = 0; p < kClaimPartitions; ++p) {
      assign(false, p, to);
    }
  }
  /// Of all partitions, as readers find it.
  SourceAudit books() {
    SourceAudit sum;
    for (const auto& partition : *world_.published.now()) {
      if (partition.published.version == 0) {
        continue;
      }
      const auto manifest = decode_published(partition.published.manifest).value();
      for (const SourceAudit& source : manifest.sources) {
        sum.received += source.received;
        sum.unique += source.unique;
        sum.duplicate += source.duplicate;
        sum.counted += source.counted;
      }
    }
    return sum;
  }
  ProcessingTime complete(std::size_t partition) {
    return decode_published(world_.published.now()->at(partition).published.manifest)
        .value()
        .complete_until;
  }
  bool run_until_all_is_published() {
    for (int i = 0; i < 2000 && books().received < sent_; ++i) {
      step();
    }
    return books().received == sent_;
  }

  SharedWorld world_;
  const IdHasher hasher_{HashKey{}};
  ControlFollower follower_{world_.control};
  Collection collection_{CollectorId(1), {}, {world_.events, world_.control, follower_}};
  std::vector<std::unique_ptr<Process>> processes_;
  std::uint64_t sent_ = 0;
  std::set<std::string> ids_;
  bool objects_answer_ = true;
};

}  // namespace hapax
