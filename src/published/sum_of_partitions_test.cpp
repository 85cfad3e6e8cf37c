// SPDX-License-Identifier: Apache-2.0
#include "published/sum_of_partitions.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace hapax {
namespace {

PublishedManifest partition(std::uint32_t number) {
  PublishedManifest manifest;
  manifest.partition.partition = PartitionId(number);
  manifest.partition.processed = Offset(10 + number);
  manifest.partition.watermark = EventTime(Microseconds(100 - number));
  manifest.complete_until = ProcessingTime(Microseconds(200 + number));
  return manifest;
}

SourceAudit source(const std::string& name, std::uint64_t unique, std::uint64_t newest) {
  SourceAudit source;
  source.source = name;
  source.unique = unique;
  source.newest_event = newest;
  source.newest_received = newest + 1;
  source.unique_digest = Digest(unique, 2 * unique);
  return source;
}

PublishedView view(const std::string& id, std::uint64_t counted) {
  PublishedView view;
  view.account.view = id;
  view.account.counted = {.count = counted, .digest = Digest(counted, 0)};
  view.in_cells = counted;
  return view;
}

Result<SumOfPartitions> sum_of(const std::vector<PublishedManifest>& manifests,
                               std::uint32_t count) {
  std::vector<SaidOfPartition> said;
  for (const PublishedManifest& manifest : manifests) {
    const auto same = std::make_shared<const PublishedManifest>(manifest);
    said.push_back({.version = 1, .manifest = same, .books = same});
  }
  return sum_of_partitions(said, count);
}

TEST(SumOfPartitionsTest, IsAsFarAsThePartitionThatIsLeastFar) {
  const SumOfPartitions sum = sum_of({partition(0), partition(1), partition(2)}, 3).value();
  EXPECT_EQ(sum.processed.next, (std::vector{Offset(10), Offset(11), Offset(12)}));
  EXPECT_EQ(sum.watermark, EventTime(Microseconds(98)));
  EXPECT_EQ(sum.complete_until, ProcessingTime(Microseconds(200)));
  EXPECT_EQ(sum.books.partitions.size(), 3U);
}

TEST(SumOfPartitionsTest, IsOfTheLogThatAllPartitionsAreOf) {
  auto one = partition(0);
  auto other = partition(1);
  one.log = other.log = LogId(4);
  EXPECT_EQ(sum_of({one, other}, 2).value().processed.log, LogId(4));
  other.log = LogId(5);
  const auto none = sum_of({one, other}, 2);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kUnavailable);
}

TEST(SumOfPartitionsTest, TwoLogsAreSeenAlsoWhereAPartitionDoesNotSayIts) {
  for (const std::size_t silent : {0U, 1U, 2U}) {
    std::vector parts{partition(0), partition(1), partition(2)};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i].log = i == silent ? kNoLog : LogId(4 + i);
    }
    EXPECT_FALSE(sum_of(parts, 3)) << silent;
  }
}

TEST(SumOfPartitionsTest, IsOfNoLogWhereAPartitionDoesNotSayIt) {
  auto one = partition(0);
  auto other = partition(1);
  one.log = LogId(4);
  EXPECT_EQ(sum_of({one, other}, 2).value().processed.log, kNoLog);
  one.log = kNoLog;
  other.log = LogId(4);
  EXPECT_EQ(sum_of({one, other}, 2).value().processed.log, kNoLog);
}

TEST(SumOfPartitionsTest, KnowsWhereAFormerLogIsOnceAllPartitionsSayTheSameOfIt) {
  const std::vector ends{Offset(5), Offset(6)};
  const FormerLog not_yet{.log = LogId(4)};
  auto one = partition(0);
  auto other = partition(1);
  EXPECT_EQ(sum_of({one, other}, 2)->processed.former, std::nullopt);
  one.former = PublishedFormer{.log = LogId(4), .ends = ends, .in = Offset(7)};
  EXPECT_EQ(sum_of({one, other}, 2)->processed.former, not_yet);
  other.former = PublishedFormer{.log = LogId(4)};
  EXPECT_EQ(sum_of({one, other}, 2)->processed.former, not_yet);
  other.former = PublishedFormer{.log = LogId(4), .ends = ends, .in = Offset(8)};
  EXPECT_EQ(sum_of({one, other}, 2)->processed.former,
            (FormerLog{.log = LogId(4), .ends = ends, .in = {Offset(7), Offset(8)}}));
  one.former.reset();
  EXPECT_EQ(sum_of({one, other}, 2)->processed.former, not_yet);
}

TEST(SumOfPartitionsTest, AddsSourcesUp) {
  auto one = partition(0);
  auto other = partition(1);
  one.sources = {source("app", 1, 70), source("web", 2, 50)};
  other.sources = {source("web", 5, 60)};
  other.gaps = {{.source = "web", .devices = 2, .missing = 3}};
  const SumOfPartitions sum = sum_of({one, other}, 2).value();
  ASSERT_EQ(sum.books.sources.size(), 2U);
  EXPECT_EQ(sum.books.sources[0].source, "app");
  EXPECT_EQ(sum.books.sources[1].unique, 7U);
  EXPECT_EQ(sum.books.sources[1].unique_digest, Digest(7, 14));
  EXPECT_EQ(sum.books.sources[1].newest_event, 60U) << "the newest, and no sum";
  EXPECT_EQ(sum.newest("web")->received_at, ProcessingTime(Microseconds(61)));
  EXPECT_EQ(sum.newest(std::nullopt)->event_time, EventTime(Microseconds(70)));
  EXPECT_FALSE(sum.newest("ios"));
  EXPECT_EQ(sum.books.gaps.at(0).missing, 3U);
}

TEST(SumOfPartitionsTest, AddsMissedDuplicatesUp) {
  auto one = partition(0);
  auto other = partition(1);
  EXPECT_EQ(sum_of({one, other}, 2)->books.missed, std::nullopt);
  one.missed = {.sample = 7, .awaited = 1};
  one.missed->at(ProcessingTime(std::chrono::hours(1))).asked = 2;
  other.missed = {.sample = 7, .awaited = 3};
  other.missed->at(ProcessingTime(std::chrono::hours(1))).asked = 4;
  const MissedDuplicates sum = sum_of({one, other}, 2)->books.missed.value();
  EXPECT_EQ(sum.sample, 7U);
  EXPECT_EQ(sum.awaited, 4U);
  EXPECT_EQ(sum.hours, (std::vector<MissedHour>{{.begin = ProcessingTime(std::chrono::hours(1)),
                                                 .tally = {.asked = 6}}}));
}

TEST(SumOfPartitionsTest, AViewIsThereWhenAllPartitionsHaveIt) {
  auto one = partition(0);
  auto other = partition(1);
  one.views = {view("a.1", 1), view("b.1", 2)};
  other.views = {view("b.1", 3), view("c.1", 4)};
  one.views[1].living_from = "k1";
  other.views[0].living_from = "k2";
  one.views[1].settled_until = EventTime(Microseconds(8));
  other.views[0].complete_from = EventTime(Microseconds(9));
  other.views[0].is_sampled = true;
  const SumOfPartitions sum = sum_of({one, other}, 2).value();
  ASSERT_EQ(sum.views.size(), 1U);
  const PublishedView& both = sum.views.at("b.1");
  EXPECT_EQ(both.account.view, "b.1");
  EXPECT_EQ(both.account.counted, (EventTally{.count = 5, .digest = Digest(5, 0)}));
  EXPECT_EQ(both.in_cells, 5U);
  EXPECT_EQ(both.living_from, "k2");
  EXPECT_EQ(both.settled_until, EventTime(Microseconds(8)));
  EXPECT_EQ(both.complete_from, EventTime(Microseconds(9)));
  EXPECT_TRUE(both.is_sampled);
  EXPECT_EQ(sum.books.views.at(0).counted.count, 5U);
}

TEST(SumOfPartitionsTest, CollectorsAreSideBySideSinceALossAndADoubleMightCancel) {
  auto one = partition(0);
  auto other = partition(1);
  one.collectors = {
      {.partition = PartitionId(0), .collector = 7, .figures = {.acknowledged = 2, .arrived = 1}}};
  other.collectors = {
      {.partition = PartitionId(1), .collector = 7, .figures = {.acknowledged = 1, .arrived = 2}}};
  const SumOfPartitions sum = sum_of({one, other}, 2).value();
  ASSERT_EQ(sum.books.collectors.size(), 2U);
  EXPECT_EQ(sum.books.collectors[1].partition, PartitionId(1));
  EXPECT_EQ(sum.books.collectors[1].figures, other.collectors[0].figures);
}

TEST(SumOfPartitionsTest, APartitionThatHasPublishedNothingIsNamed) {
  EXPECT_EQ(sum_of({partition(0)}, 2).error().message, "partition 1 has published nothing yet");
  EXPECT_EQ(sum_of({}, 1).error().kind, ErrorKind::kUnavailable);
}

TEST(SumOfPartitionsTest, AnotherCountOfPartitionsIsSaid) {
  EXPECT_EQ(sum_of({partition(0), partition(1)}, 1).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(sum_of({partition(1)}, 1).error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hapax
