// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_books.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cluster/collector_ledger.hpp"

namespace hapax {
namespace {

using State = CollectorAudit::State;
using std::chrono::minutes;

constexpr CollectorId kCollector{7};
constexpr PartitionId kPartition{1};
constexpr std::uint64_t kMarks = 4;

Hash128 id(std::uint64_t sequence) {
  return {.low = sequence * 7, .high = sequence * 13};
}

/// A collector and the owner of one of its partitions, whose offsets are the collector's numbers.
class CollectorBooksTest : public testing::Test {
 protected:
  CollectorBooksTest() { hear(CollectorJoined{kCollector}); }

  void open(std::uint64_t count) {
    std::vector<Hash128> ids;
    for (std::uint64_t i = 1; i <= count; ++i) {
      ids.push_back(id(ledger_.last_number() + i));
    }
    ledger_.open(std::move(ids));
  }
  void acknowledge(std::uint64_t count) {
    open(count);
    ledger_.acknowledge(Offset(ledger_.last_number() + 1));
  }
  void give_up(std::uint64_t count) {
    open(count);
    ledger_.give_up(Offset(ledger_.last_number() + 1));
  }
  CollectorReport make_report() const {
    return {.collector = kCollector,
            .oldest_unsettled = ProcessingTime(minutes(now_)),
            .clock = ProcessingTime(minutes(now_ + 2)),
            .accounts = {CollectorAccount(), ledger_.account()}};
  }
  void report() { hear(make_report()); }
  void hear(const ControlNote& note) {
    books_->hear(note, next_note_, ProcessingTime(minutes(now_)));
    next_note_ = advance(next_note_, 1);
  }
  void read(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t sequence = from; sequence <= to; ++sequence) {
      books_->pass({.collector = kCollector, .sequence = sequence}, id(sequence));
    }
    books_->read_until(Offset(to + 1));
  }
  void restart() {
    std::string bytes;
    ByteWriter out(bytes);
    books_->encode(out);
    books_ = std::make_unique<CollectorBooks>(kPartition, kSettings);
    ByteReader in(bytes);
    ASSERT_TRUE(books_->restore(in).has_value());
    EXPECT_TRUE(in.at_end());
  }
  /// Of the one life that is listed.
  CollectorAudit life() const {
    const std::vector<CollectorAudit> audits = books_->audits();
    EXPECT_EQ(audits.size(), 1U);
    return audits.empty() ? CollectorAudit() : audits.back();
  }

  static constexpr CollectorBooksSettings kSettings{.mark_records = kMarks,
                                                    .ended_shown_for = minutes(60)};
  int now_ = 100;  // In minutes, the brokers' clock.
  Offset next_note_ = {};
  CollectorLedger ledger_{kMarks};
  std::unique_ptr<CollectorBooks> books_ = std::make_unique<CollectorBooks>(kPartition, kSettings);
};

TEST_F(CollectorBooksTest, AReportIsComparedOnceItsRecordsAreRead) {
  acknowledge(5);
  report();
  EXPECT_EQ(life().figures.settled, 0U);
  EXPECT_EQ(life().figures.behind, 5U);
  EXPECT_TRUE(life().figures.is_equal()) << "waiting is no loss";
  read(1, 4);
  EXPECT_EQ(life().figures.behind, 5U);
  read(5, 5);
  EXPECT_EQ(life().figures.settled, 5U);
  EXPECT_EQ(life().figures.behind, 0U);
  EXPECT_TRUE(life().figures.is_equal());
}

TEST_F(CollectorBooksTest, AnAcknowledgedOneThatIsNotThereIsSeen) {
  acknowledge(5);
  report();
  read(1, 3);
  books_->read_until(Offset(6));
  EXPECT_FALSE(life().figures.is_equal());
  EXPECT_EQ(life().figures.acknowledged, 5U);
  EXPECT_EQ(life().figures.arrived, 3U);
}

TEST_F(CollectorBooksTest, AReaderThatIsNeverUpToDateComparesReportsOfBefore) {
  for (std::uint64_t second = 1; second <= 20; ++second) {
    acknowledge(10);
    report();
    read(5 * second - 4, 5 * second);  // Half as fast.
  }
  EXPECT_EQ(life().figures.settled, 80U) << "of the report that was the newest at record 40";
  EXPECT_TRUE(life().figures.is_equal());
  EXPECT_EQ(life().figures.behind, 120U);
  EXPECT_EQ(life().figures.marked_arrived.count, 80U);
}

TEST_F(CollectorBooksTest, UnknownOnesResolveWhenAllThatMayBeThereIsRead) {
  acknowledge(2);
  give_up(3);
  report();
  read(1, 2);
  EXPECT_EQ(life().figures.open, 3U);
  read(3, 3);
  EXPECT_EQ(life().figures.present, 1U);
  EXPECT_EQ(life().figures.open, 2U);
  books_->read_until(Offset(6));
  EXPECT_EQ(life().figures.present, 1U);
  EXPECT_EQ(life().figures.absent, 2U);
  EXPECT_EQ(life().figures.open, 0U);
  EXPECT_TRUE(life().figures.is_equal());
  EXPECT_EQ(life().unknown,
            (std::vector<UnknownRange>{
                {.first = 3, .last = 3, .outcome = UnknownRange::Outcome::kPresent},
                {.first = 4, .last = 5, .outcome = UnknownRange::Outcome::kAbsent}}));
}

TEST_F(CollectorBooksTest, SomeUnknownOnesResolveBeforeTheReportIsReadThatListsThem) {
  give_up(2);
  acknowledge(2);
  report();
  books_->read_until(Offset(3));
  EXPECT_EQ(life().figures.absent, 2U);
  EXPECT_EQ(life().figures.settled, 0U);
}

TEST_F(CollectorBooksTest, TheLastRangesAreTold) {
  for (std::uint64_t i = 0; i < 2 * kUnknownRangesMax; ++i) {
    acknowledge(1);
    give_up(1);
  }
  report();
  EXPECT_EQ(life().unknown.size(), kUnknownRangesMax);
  EXPECT_EQ(life().unknown.back().last, 4 * kUnknownRangesMax);
  EXPECT_EQ(life().figures.open, 2 * kUnknownRangesMax);
}

TEST_F(CollectorBooksTest, WhatAKilledOneDidAfterItsLastReportIsNoBalance) {
  acknowledge(4);
  report();
  now_ = 101;
  acknowledge(3);
  read(1, 7);
  hear(CollectorGone{.collector = kCollector});
  EXPECT_EQ(life().state, State::kGone);
  EXPECT_EQ(life().reported_at, ProcessingTime(minutes(100)));
  EXPECT_EQ(life().ended_at, ProcessingTime(minutes(101)));
  EXPECT_EQ(life().figures.acknowledged, 4U);
  EXPECT_EQ(life().figures.arrived, 4U);
  EXPECT_EQ(life().figures.unreported, 3U);
  EXPECT_TRUE(life().figures.is_equal());
}

TEST_F(CollectorBooksTest, OneThatWasCalledGoneAndSpeaksAgainIsCompared) {
  acknowledge(4);
  report();
  hear(CollectorGone{.collector = kCollector});
  acknowledge(3);
  report();
  hear(CollectorGone{.collector = kCollector, .by_itself = true});
  read(1, 5);
  books_->read_until(Offset(8));
  EXPECT_EQ(life().state, State::kLeft);
  EXPECT_EQ(life().figures.unreported, 0U);
  EXPECT_FALSE(life().figures.is_equal());
}

TEST_F(CollectorBooksTest, LivesThatEndedLongAgoAreSummedUp) {
  acknowledge(4);
  give_up(1);
  report();
  hear(CollectorGone{.collector = kCollector, .by_itself = true});
  read(1, 4);
  books_->read_until(Offset(6));
  const CollectorFigures figures = life().figures;
  now_ += 59;
  hear(CollectorJoined{CollectorId(8)});
  EXPECT_EQ(books_->audits().size(), 2U);
  now_ += 1;
  hear(CollectorGone{.collector = CollectorId(8), .by_itself = true});
  const std::vector<CollectorAudit> audits = books_->audits();
  ASSERT_EQ(audits.size(), 2U);
  EXPECT_EQ(audits[0].collector, 0U);
  EXPECT_EQ(audits[0].lives, 1U);
  EXPECT_EQ(audits[0].state, State::kLeft);
  EXPECT_EQ(audits[0].figures, figures);
  now_ += 60;
  hear(CollectorJoined{CollectorId(9)});
  EXPECT_EQ(books_->audits().front().lives, 2U);
}

TEST_F(CollectorBooksTest, OneThatIsNotEqualIsListedForEver) {
  acknowledge(4);
  report();
  hear(CollectorGone{.collector = kCollector, .by_itself = true});
  read(1, 3);
  books_->read_until(Offset(5));
  now_ += 600;
  hear(CollectorJoined{CollectorId(8)});
  EXPECT_EQ(books_->audits().front().collector, kCollector.value());
}

TEST_F(CollectorBooksTest, AKilledOneThatIsSummedUpMayStillDeliver) {
  acknowledge(4);
  report();
  read(1, 5);
  hear(CollectorGone{.collector = kCollector});
  now_ += 60;
  hear(make_report());
  ASSERT_EQ(books_->audits().size(), 1U);
  EXPECT_EQ(books_->audits()[0].figures.unreported, 1U);
  restart();
  read(6, 8);
  hear(CollectorJoined{kCollector});  // Appended again by one that slept.
  report();
  ASSERT_EQ(books_->audits().size(), 1U);
  EXPECT_EQ(books_->audits()[0].figures.unreported, 4U);
  EXPECT_TRUE(books_->audits()[0].figures.is_equal());
}

TEST_F(CollectorBooksTest, NotesThatAreAppendedAgainSayNothingNew) {
  acknowledge(4);
  const CollectorReport old = make_report();
  hear(old);
  acknowledge(4);
  report();
  hear(CollectorJoined{kCollector});
  hear(old);
  EXPECT_EQ(life().figures.behind, 8U);
  read(1, 8);
  EXPECT_EQ(life().figures.settled, 8U);
}

TEST_F(CollectorBooksTest, GoesOnFromWhatWasStoredAndHearsNothingTwice) {
  acknowledge(3);
  give_up(2);
  report();
  read(1, 4);
  acknowledge(6);
  report();
  const std::vector<CollectorAudit> before = books_->audits();
  restart();
  EXPECT_EQ(books_->audits(), before);
  const Offset heard = next_note_;
  next_note_ = Offset(0);  // The topic is read from its beginning.
  hear(CollectorJoined{CollectorId(8)});
  EXPECT_EQ(books_->audits(), before);
  next_note_ = heard;
  read(6, 11);
  EXPECT_TRUE(life().figures.is_equal());
  EXPECT_EQ(life().figures.settled, 11U);
}

TEST_F(CollectorBooksTest, BytesOfAnotherVersionAreRefused) {
  ByteReader in(std::string_view("\x09", 1));
  EXPECT_EQ(books_->restore(in).error().kind, ErrorKind::kInvalid);
  ByteReader cut(std::string_view("\x01\x02", 2));
  EXPECT_EQ(CollectorBooks(kPartition, kSettings).restore(cut).error().kind, ErrorKind::kCorrupt);
}

TEST_F(CollectorBooksTest, TheRevisionGrowsWithWhatIsSaidOfRecordsAlone) {
  acknowledge(3);
  report();
  const std::uint64_t revision = books_->revision();
  now_ += 1;
  report();
  EXPECT_EQ(books_->revision(), revision) << "an idle collector changes nothing";
  read(1, 3);
  EXPECT_GT(books_->revision(), revision);
}

}  // namespace
}  // namespace hapax
