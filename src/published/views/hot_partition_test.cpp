// SPDX-License-Identifier: Apache-2.0
#include "published/views/hot_partition.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hapax {
namespace {

ToldPlace at(std::uint64_t counted, std::int64_t complete = 0) {
  return {.counted = Offset(counted), .complete = ProcessingTime(Microseconds(complete))};
}

/// One row a, whose value says who told it and where.
HotUpdate update(std::uint64_t epoch, std::uint64_t number, std::optional<std::uint64_t> since,
                 const ToldPlace& place, LogId log = kNoLog) {
  PublishedManifest manifest;
  manifest.log = log;
  manifest.partition.processed = place.counted;
  manifest.complete_until = place.complete;
  HotUpdate update{.partition = PartitionId(0), .epoch = epoch, .number = number};
  if (since) {
    update.since = Offset(*since);
  }
  update.change.manifest = encode_published(manifest);
  StateWrite::Table& table = update.change.tables.emplace_back();
  table.name = "t";
  table.changes.put("a", std::to_string(epoch) + "@" + std::to_string(place.counted.value()));
  return update;
}

class HotPartitionTest : public testing::Test {
 protected:
  bool take(const HotUpdate& update) { return partition_.take(update).value(); }
  /// The value of a that lies over what is stored as of there; nothing: nothing does.
  std::string over(const ToldPlace& stored, LogId log = kNoLog) const {
    const HotTold* const hot = find_hot(partition_.told(), stored, log);
    if (hot == nullptr) {
      return "";
    }
    const CellRows& rows = hot->rows.runs().back()->tables.at("t");
    return std::string(rows.value(rows.lower_bound("a")));
  }

  HotPartition partition_;
};

TEST_F(HotPartitionTest, WhatIsToldOfAnotherTopicDoesNotLieOverWhatIsStored) {
  EXPECT_TRUE(take(update(1, 1, 0, at(5), LogId(8))));
  partition_.pass(at(3), LogId(7));
  EXPECT_EQ(over(at(3), LogId(7)), "");
  EXPECT_EQ(over(at(3), LogId(8)), "1@5");
  EXPECT_EQ(over(at(3)), "1@5") << "which does not say its topic";
}

TEST_F(HotPartitionTest, OneThatBeginsIsGoneOnWithAsLongAsNoneIsMissing) {
  EXPECT_FALSE(take(update(1, 1, std::nullopt, at(5)))) << "of nothing";
  EXPECT_TRUE(take(update(1, 2, 3, at(6))));
  EXPECT_TRUE(take(update(1, 3, std::nullopt, at(7))));
  EXPECT_EQ(over(at(4)), "1@7");
  EXPECT_FALSE(take(update(1, 5, std::nullopt, at(9)))) << "4 is missing";
  EXPECT_EQ(over(at(4)), "1@7");
  EXPECT_TRUE(take(update(1, 6, 4, at(10))));
  EXPECT_EQ(over(at(4)), "1@10");
}

TEST_F(HotPartitionTest, LiesOverNothingThatIsAsOfBefore) {
  EXPECT_TRUE(take(update(1, 1, 3, at(6))));
  EXPECT_EQ(over(at(2)), "");
  EXPECT_EQ(over(at(3)), "1@6");
  EXPECT_EQ(over(at(5)), "1@6");
}

TEST_F(HotPartitionTest, OneThatBeginsAnewForOthersGoesOnForThoseWhoLackNothing) {
  EXPECT_TRUE(take(update(1, 1, 3, at(6))));
  EXPECT_TRUE(take(update(1, 2, 5, at(7))));
  EXPECT_EQ(over(at(4)), "1@7") << "though what it began with is not published yet";
}

TEST_F(HotPartitionTest, OneThatBeginsBehindTheLastLacksWhatLiesBetween) {
  EXPECT_TRUE(take(update(1, 1, 3, at(6))));
  EXPECT_TRUE(take(update(1, 2, 9, at(12))));
  EXPECT_EQ(over(at(5)), "1@6") << "7 and 8 are in neither";
  EXPECT_EQ(over(at(9)), "1@12");
  EXPECT_TRUE(take(update(1, 3, std::nullopt, at(13))));
  EXPECT_EQ(over(at(9)), "1@13");
}

HotUpdate untold(std::uint64_t epoch, std::uint64_t number) {
  return {.partition = PartitionId(0), .epoch = epoch, .number = number, .is_untold = true};
}

TEST_F(HotPartitionTest, WhatWasToldStaysWhileNothingIsToldAndIsGoneOnWith) {
  EXPECT_TRUE(take(update(1, 1, 3, at(6))));
  EXPECT_FALSE(partition_.is_untold());
  EXPECT_TRUE(take(untold(1, 2))) << "nobody has to begin anew for it";
  EXPECT_TRUE(partition_.is_untold());
  EXPECT_EQ(over(at(4)), "1@6") << "no number goes back";
  EXPECT_TRUE(take(update(1, 3, 5, at(9))));
  EXPECT_FALSE(partition_.is_untold());
  EXPECT_EQ(over(at(4)), "1@9") << "it has all from 5 on";
}

TEST_F(HotPartitionTest, WhoHasHeardNothingTakesThatNothingIsTold) {
  EXPECT_TRUE(take(untold(2, 7)));
  EXPECT_TRUE(partition_.is_untold());
  EXPECT_TRUE(take(update(1, 1, 3, at(6)))) << "of one that is deposed";
  EXPECT_TRUE(partition_.is_untold());
  EXPECT_TRUE(take(update(3, 1, 5, at(9))));
  EXPECT_FALSE(partition_.is_untold()) << "the next owner tells";
}

TEST_F(HotPartitionTest, AnotherLifeWithTheSameEpochIsAnotherOwner) {
  HotUpdate other = update(1, 2, std::nullopt, at(8));
  other.life = 7;
  EXPECT_TRUE(take(update(1, 1, 3, at(6))));
  EXPECT_FALSE(take(other)) << "it was restored from a copy, or is of another cluster";
  EXPECT_EQ(over(at(4)), "1@6");
}

TEST_F(HotPartitionTest, ForgetsAllWhenTheStoreIsAnOlderOne) {
  EXPECT_TRUE(take(update(1, 1, 3, at(9))));
  partition_.pass(at(5), kNoLog);
  EXPECT_EQ(over(at(5)), "1@9");
  partition_.pass(at(4), kNoLog);
  EXPECT_EQ(over(at(4)), "");
}

TEST_F(HotPartitionTest, RefusesWhatIsOfAnotherPartition) {
  HotUpdate other = update(1, 1, 3, at(6));
  other.partition = PartitionId(1);
  EXPECT_EQ(partition_.take(other).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(over(at(4)), "");
}

TEST_F(HotPartitionTest, TakesSoManySideBySideAndNoMore) {
  for (std::uint64_t epoch = 1; epoch <= HotPartition::kToldMax; ++epoch) {
    EXPECT_TRUE(take(update(epoch, 1, 3, at(5 + epoch))));
  }
  EXPECT_FALSE(take(update(9, 1, 3, at(99))));
}

TEST_F(HotPartitionTest, LiesOverNothingThatIsAsFar) {
  EXPECT_TRUE(take(update(1, 1, 3, at(6, 2))));
  EXPECT_EQ(over(at(6, 1)), "1@6") << "more is complete";
  EXPECT_EQ(over(at(6, 2)), "");
  EXPECT_EQ(over(at(7)), "");
}

TEST_F(HotPartitionTest, TheGreatestOffsetWinsAndNotTheNewestWordOrEpoch) {
  EXPECT_TRUE(take(update(1, 1, 3, at(9))));
  EXPECT_TRUE(take(update(2, 1, 4, at(6))));
  EXPECT_EQ(over(at(5)), "1@9") << "the former owner was further";
  EXPECT_TRUE(take(update(2, 2, std::nullopt, at(11))));
  EXPECT_EQ(over(at(5)), "2@11");
  EXPECT_TRUE(take(update(1, 2, std::nullopt, at(10))));
  EXPECT_EQ(over(at(5)), "2@11") << "a deposed owner is behind";
}

TEST_F(HotPartitionTest, WhatADeadOwnerToldStaysUntilSomethingElseIsAsFar) {
  EXPECT_TRUE(take(update(1, 1, 3, at(9))));
  EXPECT_TRUE(take(update(2, 1, 4, at(6))));
  partition_.pass(at(5), kNoLog);
  EXPECT_EQ(partition_.told().size(), 2U);
  EXPECT_EQ(over(at(5)), "1@9");
  EXPECT_TRUE(take(update(2, 2, std::nullopt, at(9))));
  partition_.pass(at(5), kNoLog);
  EXPECT_EQ(partition_.told().size(), 1U) << "the next owner is as far";
  EXPECT_EQ(over(at(5)), "2@9");
}

TEST_F(HotPartitionTest, AnOwnerThatBeganAheadOfWhatIsPublishedReplacesNobodyYet) {
  EXPECT_TRUE(take(update(1, 1, 3, at(9))));
  EXPECT_TRUE(take(update(2, 1, 8, at(10))));
  partition_.pass(at(5), kNoLog);
  EXPECT_EQ(over(at(5)), "1@9");
  partition_.pass(at(8), kNoLog);
  EXPECT_EQ(over(at(8)), "2@10");
}

TEST_F(HotPartitionTest, WhatIsStoredIsLetGo) {
  for (std::uint64_t number = 1; number <= 50; ++number) {
    EXPECT_TRUE(take(update(1, number, number == 1 ? std::optional(0) : std::nullopt, at(number))));
  }
  partition_.pass(at(60), kNoLog);
  ASSERT_EQ(partition_.told().size(), 1U) << "its owner goes on";
  EXPECT_TRUE(partition_.told()[0].rows.runs().empty());
  EXPECT_TRUE(take(update(1, 51, std::nullopt, at(61))));
  EXPECT_EQ(over(at(60)), "1@61");
  EXPECT_EQ(over(at(2)), "") << "a store that has lost something";
}

TEST_F(HotPartitionTest, TakesNoMoreThanItMayAndKeepsWhatItHas) {
  HotPartition small(1'000);
  HotUpdate large = update(1, 1, 3, at(6));
  large.change.tables[0].changes.put("b", std::string(2'000, 'x'));
  EXPECT_TRUE(small.take(large).value());
  EXPECT_FALSE(small.take(update(1, 2, std::nullopt, at(7))).value());
  EXPECT_NE(find_hot(small.told(), at(5), kNoLog), nullptr);
}

TEST_F(HotPartitionTest, AManifestThatIsDamagedChangesNothing) {
  EXPECT_TRUE(take(update(1, 1, 3, at(6))));
  HotUpdate damaged = update(1, 2, std::nullopt, at(7));
  damaged.change.manifest.pop_back();
  EXPECT_EQ(partition_.take(damaged).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(over(at(4)), "1@6");
}

}  // namespace
}  // namespace hapax
