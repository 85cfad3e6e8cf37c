// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_arrivals.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "cluster/collector_ledger.hpp"

namespace hapax {
namespace {

using Outcome = AccountComparison::Outcome;

constexpr CollectorId kCollector{1};
constexpr std::uint64_t kMarks = 4;
constexpr Offset kAll{1'000};

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
  AccountComparison compare(Offset read_until = kAll) const {
    return arrivals_.compare(kCollector, ledger_.account(), read_until);
  }

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
  EXPECT_EQ(compare().outcome, Outcome::kEqual);
}

TEST_F(CollectorArrivalsTest, IsBehindUntilAllIsReadThatTheCollectorSpeaksOf) {
  acknowledge(9);
  arrive(1, 8);
  EXPECT_EQ(compare(Offset(8)).outcome, Outcome::kBehind);
  EXPECT_EQ(compare(Offset(9)).outcome, Outcome::kMissing);
}

TEST_F(CollectorArrivalsTest, AMissingOneIsSeenInTheMiddleAndAtTheEnd) {
  acknowledge(9);
  arrive(1, 4);
  arrive(6, 9);
  EXPECT_EQ(compare().outcome, Outcome::kMissing);
}

TEST_F(CollectorArrivalsTest, UnknownOnesAreThereOrNotAndBothIsEqual) {
  acknowledge(3);
  give_up(4);
  acknowledge(3);
  arrive(1, 5);  // Two of the four.
  arrive(8, 10);
  const AccountComparison comparison = compare();
  EXPECT_EQ(comparison.outcome, Outcome::kEqual);
  EXPECT_EQ(comparison.present, 2U);
  EXPECT_EQ(comparison.absent, 2U);
}

TEST_F(CollectorArrivalsTest, AnUnknownOneDoesNotStandForAnAcknowledgedOne) {
  acknowledge(2);
  give_up(1);
  acknowledge(2);
  arrive(1, 3);
  arrive(5, 5);  // The 4th was acknowledged; the unknown 3rd is there instead.
  EXPECT_EQ(compare().outcome, Outcome::kMissing);
}

TEST_F(CollectorArrivalsTest, ALossAndADoubleDoNotCancelOut) {
  acknowledge(9);
  arrive(1, 4);
  arrive(4, 4);
  arrive(6, 9);
  EXPECT_EQ(compare().outcome, Outcome::kMissing);
  EXPECT_EQ(arrivals_.repeated(), 1U);
}

TEST_F(CollectorArrivalsTest, OthersUnderTheSameNumbersAreSeen) {
  acknowledge(9);
  arrive(1, 3);
  arrivals_.pass({.collector = kCollector, .sequence = 4}, id(77));
  arrive(5, 9);
  EXPECT_EQ(compare().outcome, Outcome::kOthers);
}

TEST_F(CollectorArrivalsTest, OthersBehindTheLastMarkAreSeenAtTheEnd) {
  acknowledge(6);
  arrive(1, 5);
  arrivals_.pass({.collector = kCollector, .sequence = 6}, id(77));
  EXPECT_EQ(compare().outcome, Outcome::kOthers);
}

TEST_F(CollectorArrivalsTest, SaysHowManyTheCollectorHasNotSpokenOf) {
  acknowledge(6);
  arrive(1, 8);
  EXPECT_EQ(compare().outcome, Outcome::kEqual);
  EXPECT_EQ(compare().unreported, 2U);
}

TEST_F(CollectorArrivalsTest, AnUnknownOneThatComesBehindLaterOnesIsNotInTheirMarks) {
  acknowledge(2);
  give_up(1);
  acknowledge(6);
  arrive(1, 2);
  arrive(4, 9);
  arrive(3, 3);
  EXPECT_EQ(compare().outcome, Outcome::kEqual);
  EXPECT_EQ(compare().present, 1U);
}

TEST_F(CollectorArrivalsTest, GoesOnFromWhatWasStored) {
  acknowledge(2);
  give_up(2);
  acknowledge(6);
  arrive(1, 2);
  arrive(4, 6);
  arrive(3, 3);
  std::string bytes;
  ByteWriter out(bytes);
  arrivals_.encode(out);
  arrivals_ = CollectorArrivals(kMarks);
  ByteReader in(bytes);
  ASSERT_TRUE(arrivals_.restore(in).has_value());
  EXPECT_TRUE(in.at_end());
  arrive(7, 10);
  EXPECT_EQ(compare().outcome, Outcome::kEqual);
}

TEST_F(CollectorArrivalsTest, OfACollectorThatWasNeverReadAllAcknowledgedIsMissing) {
  EXPECT_EQ(compare().outcome, Outcome::kEqual);
  acknowledge(1);
  EXPECT_EQ(compare().outcome, Outcome::kMissing);
}

}  // namespace
}  // namespace hapax
