// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_arrivals.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "cluster/collector_ledger.hpp"

namespace hapax {
namespace {

constexpr CollectorId kCollector{1};
constexpr std::uint64_t kMarks = 4;

Hash128 id(std::uint64_t sequence) {
  return {.low = sequence * 7, .high = sequence * 13};
}

/// A collector's account beside what is read of its partition.
class CollectorArrivalsTest : public testing::Test {
 protected:
  /// Appends so many records as one unit, which is acknowledged.
  void acknowledge(std::uint64_t count) {
    open(count);
    ledger_.acknowledge(Offset(ledger_.last_number()));
  }
  void give_up(std::uint64_t count) {
    open(count);
    ledger_.give_up(Offset(ledger_.last_number()));
  }
  void arrive(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t sequence = from; sequence <= to; ++sequence) {
      arrivals_.pass({.collector = kCollector, .sequence = sequence}, id(sequence));
    }
  }
  CollectorFigures compare() const { return arrivals_.compare(kCollector, ledger_.account()); }

  CollectorLedger ledger_{kMarks};
  CollectorArrivals arrivals_{kMarks};

 private:
  void open(std::uint64_t count) {
    std::vector<Hash128> ids;
    for (std::uint64_t i = 1; i <= count; ++i) {
      ids.push_back(id(ledger_.last_number() + i));
    }
    ledger_.open(std::move(ids));
  }
};

TEST_F(CollectorArrivalsTest, WhatWasAcknowledgedAndReadIsEqual) {
  acknowledge(9);
  arrive(1, 9);
  const CollectorFigures figures = compare();
  EXPECT_TRUE(figures.is_equal());
  EXPECT_EQ(figures.settled, 9U);
  EXPECT_EQ(figures.acknowledged, 9U);
  EXPECT_EQ(figures.arrived, 9U);
  EXPECT_EQ(figures.marked_arrived.count, 9U) << "at the end, if nothing was read behind it";
}

TEST_F(CollectorArrivalsTest, AMissingOneIsSeenAtTheEnd) {
  acknowledge(9);
  arrive(1, 8);
  EXPECT_FALSE(compare().numbers_agree());
}

TEST_F(CollectorArrivalsTest, AMissingOneIsSeenInTheMiddle) {
  acknowledge(9);
  arrive(1, 4);
  arrive(6, 9);
  EXPECT_FALSE(compare().numbers_agree());
  EXPECT_EQ(compare().arrived, 8U);
}

TEST_F(CollectorArrivalsTest, UnknownOnesAreThereOrNotAndBothIsEqual) {
  acknowledge(3);
  give_up(4);
  acknowledge(3);
  arrive(1, 5);  // Two of the four.
  arrive(8, 10);
  EXPECT_TRUE(compare().is_equal());
  EXPECT_EQ(compare().arrived_unknown, 2U);
  EXPECT_EQ(compare().marked_unknown.count, 2U);
}

TEST_F(CollectorArrivalsTest, NothingNeedBeThereOfWhatWasUnknownAtTheEnd) {
  acknowledge(4);
  give_up(6);
  arrive(1, 3);
  EXPECT_FALSE(compare().numbers_agree());
  arrive(4, 4);
  EXPECT_TRUE(compare().is_equal());
  EXPECT_EQ(compare().marked_arrived.count, 4U);
}

TEST_F(CollectorArrivalsTest, AnUnknownOneDoesNotStandForAnAcknowledgedOne) {
  acknowledge(2);
  give_up(1);
  acknowledge(2);
  arrive(1, 3);
  arrive(5, 5);  // The 4th was acknowledged; the unknown 3rd is there instead.
  EXPECT_FALSE(compare().numbers_agree());
}

TEST_F(CollectorArrivalsTest, ALossAndADoubleDoNotCancelOut) {
  acknowledge(9);
  arrive(1, 4);
  arrive(4, 4);
  arrive(6, 9);
  EXPECT_FALSE(compare().numbers_agree());
  EXPECT_EQ(compare().repeated, 1U);
}

TEST_F(CollectorArrivalsTest, OthersUnderTheSameNumbersAreSeen) {
  acknowledge(9);
  arrive(1, 3);
  arrivals_.pass({.collector = kCollector, .sequence = 4}, id(77));
  arrive(5, 9);
  EXPECT_TRUE(compare().numbers_agree());
  EXPECT_FALSE(compare().digests_agree());
}

TEST_F(CollectorArrivalsTest, OthersAreSeenAtTheMarkWhenMoreWasReadThanIsSpokenOf) {
  acknowledge(9);
  arrive(1, 3);
  arrivals_.pass({.collector = kCollector, .sequence = 4}, id(77));
  arrive(5, 11);
  EXPECT_FALSE(compare().digests_agree());
  EXPECT_EQ(compare().marked_arrived.count, 8U);
}

TEST_F(CollectorArrivalsTest, OthersBehindTheLastMarkAreSeenAtTheEnd) {
  acknowledge(6);
  arrive(1, 5);
  arrivals_.pass({.collector = kCollector, .sequence = 6}, id(77));
  EXPECT_FALSE(compare().digests_agree());
}

TEST_F(CollectorArrivalsTest, MarksThatAreForgottenAreNotCompared) {
  acknowledge(9);
  arrive(1, 11);
  arrivals_.forget_marks_below(kCollector, 8);
  EXPECT_EQ(compare().marked_arrived.count, 8U);
  arrivals_.forget_marks_below(kCollector, 9);
  EXPECT_EQ(compare().marked_arrived.count, 0U);
  EXPECT_TRUE(compare().is_equal());
}

TEST_F(CollectorArrivalsTest, SaysHowManyTheCollectorHasNotSpokenOf) {
  acknowledge(6);
  arrive(1, 7);
  arrive(9, 9);
  EXPECT_TRUE(compare().is_equal());
  EXPECT_EQ(arrivals_.count_behind(kCollector, 6), 2U);
  EXPECT_EQ(arrivals_.count_behind(kCollector, 9), 0U);
}

TEST_F(CollectorArrivalsTest, OneThatComesBehindLaterOnesIsAnAlarm) {
  acknowledge(2);
  give_up(1);
  acknowledge(6);
  arrive(1, 2);
  arrive(4, 9);
  EXPECT_TRUE(compare().is_equal());
  arrive(3, 3);
  EXPECT_TRUE(compare().numbers_agree());
  EXPECT_EQ(compare().out_of_order, 1U);
  EXPECT_FALSE(compare().is_equal());
}

TEST_F(CollectorArrivalsTest, GoesOnFromWhatWasStored) {
  acknowledge(2);
  give_up(2);
  acknowledge(6);
  arrive(1, 2);
  arrive(4, 6);
  arrive(3, 3);
  arrive(6, 6);
  std::string bytes;
  ByteWriter out(bytes);
  arrivals_.encode(out);
  const CollectorFigures before = compare();
  arrivals_ = CollectorArrivals(kMarks);
  ByteReader in(bytes);
  ASSERT_TRUE(arrivals_.restore(in).has_value());
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(compare(), before);
  arrive(7, 10);
  EXPECT_TRUE(compare().numbers_agree());
  EXPECT_EQ(compare().out_of_order, 1U);
  EXPECT_EQ(compare().repeated, 1U);
}

TEST_F(CollectorArrivalsTest, OfACollectorThatWasNeverReadAllAcknowledgedIsMissing) {
  EXPECT_TRUE(compare().is_equal());
  acknowledge(1);
  EXPECT_FALSE(compare().numbers_agree());
}

}  // namespace
}  // namespace hapax
