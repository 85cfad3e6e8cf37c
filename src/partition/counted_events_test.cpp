// SPDX-License-Identifier: Apache-2.0
#include "partition/counted_events.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "partition/counted_events_test_support.hpp"
#include "partition/counted_partition_test_support.hpp"
#include "published/published_manifest.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/memory_portable_store.hpp"
#include "testing/whole_cells.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;

void expect_equal(const OneMachine& one, const CountedPartition& partition) {
  MemoryStateStore readers = partition.tables();
  MemoryStateStore machine = one.processor.store;
  for (const auto& [name, view] : one.processor.views.served.all()) {
    EXPECT_EQ(whole_cells(readers, *view), whole_cells(machine, *view)) << name;
  }
  const PublishedManifest manifest = partition.manifest();
  const AuditReport audit = one.processor.core->audit();
  ASSERT_EQ(manifest.sources.size(), audit.sources.size());
  for (std::size_t i = 0; i < audit.sources.size(); ++i) {
    EXPECT_EQ(manifest.sources[i].source, audit.sources[i].source);
    EXPECT_EQ(manifest.sources[i].received, audit.sources[i].received);
    EXPECT_EQ(manifest.sources[i].unique, audit.sources[i].unique);
    EXPECT_EQ(manifest.sources[i].late, audit.sources[i].late);
    EXPECT_EQ(manifest.sources[i].counted, audit.sources[i].counted);
    EXPECT_EQ(manifest.sources[i].unique_digest, audit.sources[i].unique_digest);
    EXPECT_EQ(manifest.sources[i].counted_digest, audit.sources[i].counted_digest);
  }
  EXPECT_EQ(manifest.partition.processed, Offset(one.records.size()));
  EXPECT_EQ(manifest.partition.processed_digest, audit.partitions[0].processed_digest);
  ASSERT_EQ(manifest.views.size(), audit.views.size());
  for (std::size_t i = 0; i < audit.views.size(); ++i) {
    EXPECT_EQ(manifest.views[i].account.counted, audit.views[i].counted);
    EXPECT_EQ(manifest.views[i].account.unique, audit.views[i].unique);
  }
}

TEST(CountedEventsTest, CountsAsOneMachineDoesWhereverItIsMoved) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    OneMachine one;
    receive_some(random, 600, one);
    CountedPartition partition(one.processor.settings, one.processor.views.catalog);
    for (std::size_t at = 0; at < one.records.size(); ++at) {
      partition.count(one.records[at], one.verdicts[at]);
      if (random.one_in(40)) {
        partition.keep();
        if (random.one_in(2)) {
          partition.publish();
        }
      }
      if (random.one_in(100)) {
        at = partition.move().value() - 1;
      }
    }
    partition.keep();
    partition.publish();
    expect_equal(one, partition);
  }
}

TEST(CountedEventsTest, ItsOwnIdsMoveWithIt) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    OneMachine one;
    receive_some(random, 600, one);
    CountedPartition partition(one.processor.settings, one.processor.views.catalog);
    for (std::size_t at = 0; at < one.records.size(); ++at) {
      partition.count_first_of_its_id(one.records[at]);
      if (random.one_in(60)) {
        partition.fail_to_freeze();
      }
      if (random.one_in(40)) {
        partition.keep();
        partition.publish();
      }
      if (random.one_in(100)) {
        at = partition.move().value() - 1;
      }
    }
    partition.keep();
    partition.publish();
    expect_equal(one, partition);
  }
}

TEST(CountedEventsTest, SaysWhatWasMissed) {
  OneMachine one;
  one.end();
  CountedPartition partition(one.processor.settings, one.processor.views.catalog);
  partition.keep();
  partition.publish();
  EXPECT_EQ(partition.manifest().missed, std::nullopt) << "ids count once in the cluster";
  partition.books.missed = {
      .sample = 5, .awaited = 4, .before = {.asked = 3, .missed = 2, .unasked = 1}};
  partition.keep();
  partition.publish();
  EXPECT_EQ(partition.manifest().missed, partition.books.missed);
}

TEST(CountedEventsTest, AFreezeThatFailsChangesNothing) {
  SeededRandom random(1);
  OneMachine one;
  receive_some(random, 300, one);
  CountedPartition partition(one.processor.settings, one.processor.views.catalog);
  for (std::size_t at = 0; at < one.records.size(); ++at) {
    partition.count(one.records[at], one.verdicts[at]);
    if (at % 50 == 10) {
      partition.fail_to_freeze();
    }
    if (at % 50 == 30) {
      partition.keep();
      partition.publish();
    }
  }
  partition.keep();
  partition.publish();
  expect_equal(one, partition);
}

TEST(CountedEventsTest, APartitionWithoutEventsHoldsNobodyBack) {
  OneMachine one;
  one.end();
  CountedPartition partition(one.processor.settings, one.processor.views.catalog);
  partition.pass(ProcessingTime(std::chrono::hours(24 * 365 * 50)));
  partition.keep();
  partition.publish();
  EXPECT_GT(partition.manifest().partition.watermark,
            EventTime(std::chrono::hours(24 * 365 * 50) - std::chrono::minutes(1)));
}

TEST(CountedEventsTest, WithoutVerdictsAViewThatIsDeclaredLaterSaysFromWhenItIsComplete) {
  OneMachine one;
  SeededRandom random(6);
  receive_some(random, 100, one);
  MemoryCatalog catalog({kEventsPerMinute});
  CountedPartition partition(one.processor.settings, catalog);
  const std::size_t half = one.records.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    partition.count(one.records[i], one.verdicts[i]);
  }
  partition.pass(one.records[0].appended_at);  // What is complete is far behind.
  partition.keep();
  catalog.set({kEventsPerMinute, kCountedSpecs[1]});
  ASSERT_TRUE(partition.catch_up());
  EXPECT_TRUE(partition.has_news()) << "it is to be kept though nothing is counted";
  for (std::size_t i = half; i < one.records.size(); ++i) {
    partition.count(one.records[i], one.verdicts[i]);
  }
  partition.keep();
  EXPECT_FALSE(partition.has_news());
  partition.publish();
  const PublishedManifest told = partition.manifest();
  ASSERT_EQ(told.views.size(), 2U);
  EXPECT_FALSE(told.views[0].complete_from);
  EXPECT_GT(told.views[1].complete_from, as_event_time(one.records[half - 1].appended_at));
  EXPECT_GT(told.views[1].account.earlier.count, 0U);
  EXPECT_LT(told.views[1].account.counted.count, told.views[0].account.counted.count);
}

TEST(CountedEventsTest, SaysWhatWasBroughtIntoTheClusterAndFromWhenOnViewsAreComplete) {
  OneMachine one;
  SeededRandom random(6);
  receive_some(random, 50, one);
  const MemoryCatalog catalog({kEventsPerMinute});
  CountedPartition partition(one.processor.settings, catalog);
  for (std::size_t i = 0; i < one.records.size(); ++i) {
    partition.count(one.records[i], one.verdicts[i]);
  }
  const ProcessingTime from = one.records[20].appended_at;
  const FormerLog log{.log = LogId(5), .ends = {Offset(60)}, .in = {Offset(8), Offset(9)}};
  const auto keep = [&] {
    ASSERT_TRUE(partition.catch_up());
    EXPECT_TRUE(partition.has_news()) << "it is to be kept though nothing is counted";
    partition.keep();
    EXPECT_FALSE(partition.has_news());
    partition.publish();
  };
  partition.cluster.epoch = SettingsEpoch(1);
  partition.cluster.migrated = MigratedLog{.log = {LogId(5)}, .complete_from = from};
  keep();
  EXPECT_EQ(partition.manifest().former, PublishedFormer{.log = LogId(5)}) << "it is still to come";
  EXPECT_GT(partition.manifest().views.at(0).complete_from, as_event_time(from));
  partition.cluster.epoch = SettingsEpoch(2);
  partition.cluster.migrated = MigratedLog{.log = log, .is_done = true};
  keep();
  ASSERT_TRUE(partition.manifest().former);
  EXPECT_EQ(partition.manifest().former,
            (PublishedFormer{.log = log.log, .ends = log.ends, .in = log.in[kPartition.value()]}));
  EXPECT_FALSE(partition.manifest().views.at(0).complete_from);
}

TEST(CountedEventsTest, AnOwnerThatIsBehindTakesNoViewAway) {
  struct ToldCatalog : CatalogSource {
    std::shared_ptr<const ViewCatalog> current() const override { return told; }
    std::shared_ptr<const ViewCatalog> told;
  };
  OneMachine one;
  one.end();
  MemoryCatalog declared({kEventsPerMinute});
  const auto before = declared.current();
  declared.set({kEventsPerMinute, kCountedSpecs[1]});
  ToldCatalog catalog;
  catalog.told = declared.current();
  CountedPartition partition(one.processor.settings, catalog);
  partition.keep();
  catalog.told = before;
  partition.move();
  partition.keep();
  partition.publish();
  EXPECT_EQ(partition.manifest().views.size(), 2U);
  EXPECT_EQ(partition.manifest().catalog, declared.newest_number());
}

TEST(CountedEventsTest, PublishesTheBooksOfCollectorsAsTheyWereWhenItWasKept) {
  OneMachine one;
  one.end();
  CountedPartition partition(one.processor.settings, one.processor.views.catalog);
  partition.books.collectors = {
      {.partition = kPartition, .collector = 7, .figures = {.settled = 3}}};
  partition.keep();
  partition.books.collectors[0].figures.settled = 4;
  partition.move();  // The next owner tells what the former one kept.
  partition.publish();
  ASSERT_EQ(partition.manifest().collectors.size(), 1U);
  EXPECT_EQ(partition.manifest().collectors[0].figures.settled, 3U);
}

TEST(CountedEventsTest, MoreThanMayBeToldAtOnceIsNotToldUntilItIsKept) {
  constexpr CountedEvents::TellLimits kAll{.cells_max = 1'000'000, .bytes_max = 1'000'000};
  OneMachine one;
  SeededRandom random(5);
  receive_some(random, 100, one);
  CountedPartition partition(one.processor.settings, one.processor.views.catalog);
  for (std::size_t i = 0; i < one.records.size(); ++i) {
    partition.count(one.records[i], one.verdicts[i]);
  }
  const auto all = partition.tell(kAll, true).value();
  ASSERT_TRUE(all);
  std::size_t rows = 0;
  for (const StateWrite::Table& table : all->change.tables) {
    table.changes.for_each([&](auto, const auto&) {
      ++rows;
      return true;
    });
  }
  EXPECT_GT(rows, 20U);
  EXPECT_FALSE(partition.tell({.cells_max = 5, .bytes_max = 1'000'000}, true).value());
  EXPECT_FALSE(partition.tell({.cells_max = 1'000'000, .bytes_max = 200}, true).value());
  EXPECT_TRUE(partition.tell(kAll, true).value()) << "nothing of it is lost";
  partition.keep();
  EXPECT_TRUE(partition.tell({.cells_max = 5, .bytes_max = 200}, true).value());
}

TEST(CountedEventsTest, AStateOfAnotherKeyIsRefused) {
  OneMachine one;
  one.receive(shop_event("a", seconds(1)));
  one.end();
  CountedEventsSettings settings{.results = one.processor.settings.results};
  MemoryPortableStore here;
  CountedEvents first(kPartition, settings, one.processor.views.catalog, here);
  ASSERT_TRUE(first.restore({}, {}, {}));
  ASSERT_TRUE(first.count(one.records[0], Verdict::kUnique));
  const StateImage image = first.freeze(1).value();

  settings.id_key.bytes[0] = 1;
  MemoryPortableStore there;
  CountedEvents second(kPartition, settings, one.processor.views.catalog, there);
  std::vector<std::string> names(image.fresh.size(), "a");
  const Result<void> restored = second.restore(image.payload, names, image.fresh);
  ASSERT_FALSE(restored);
  EXPECT_NE(restored.error().text().find("another id.key"), std::string::npos);
}

}  // namespace
}  // namespace hapax
