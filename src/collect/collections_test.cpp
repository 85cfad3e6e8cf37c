// SPDX-License-Identifier: Apache-2.0
#include "collect/collections.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/completeness.hpp"
#include "cluster/record_header.hpp"
#include "testing/held_topic.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr PartitionId kOne{0};
constexpr PartitionId kControl{0};
constexpr PartitionId kPartitions[] = {PartitionId(0), PartitionId(1)};

class CollectionsTest : public testing::Test {
 protected:
  void open(CollectionSettings collection = {.unsettled_max = 100, .unknown_max = 3}) {
    collections_.emplace(CollectionsSettings{.collection = std::move(collection)},
                         Collections::Parts{.events = events_,
                                            .control = control_,
                                            .follower = follower_,
                                            .clock = clock_,
                                            .arrivals = arrivals_,
                                            .random = random_});
  }
  /// A moment passes, and the topic of control answers.
  void step(milliseconds passed = milliseconds(10)) {
    machine_.advance(passed);
    brokers_now_ = brokers_now_ + passed;
    control_.set_now(brokers_now_);
    control_.answer_all();
    collections_->step();
  }
  void join() {
    for (int i = 0; i < 5; ++i) {
      step();
      events_.answer_all();  // Partitions are told what time it is.
    }
    ASSERT_EQ(collections_->trouble(), "");
  }
  void append(const ArrivalClock::Arrival& arrival, PartitionId partition = kOne,
              std::size_t count = 1) {
    std::vector<CollectedEvent> events;
    for (std::size_t i = 0; i < count; ++i) {
      events.push_back({.partition = partition,
                        .id = {.low = ++number_, .high = 1},
                        .record = std::to_string(to_micros(arrival.received_at()))});
    }
    collections_->append(std::move(events), [this](const Result<Receipt>& receipt) {
      answers_.push_back(receipt ? "acknowledged" : "unknown");
    });
  }
  std::vector<CollectorReport> reports() {
    std::vector<CollectorReport> reports;
    for (const TopicRecord& record : control_.records(kControl)) {
      const ControlNote note = decode_note(record.entry.value).value();
      if (const auto* report = std::get_if<CollectorReport>(&note)) {
        reports.push_back(*report);
      }
    }
    return reports;
  }
  CollectorReport next_report() {
    step(seconds(1));
    step();
    return reports().back();
  }
  void somebody_reports(ProcessingTime bound) {
    const CollectorId other(1);
    control_.put(kControl, {.header = {}, .value = encode_note(CollectorJoined{other})}, bound);
    control_.put(
        kControl,
        {.header = {},
         .value = encode_note(CollectorReport{.collector = other, .oldest_unsettled = bound})},
        bound);
  }

  StillClock machine_;
  FlooredClock clock_{machine_};
  ArrivalClock arrivals_{clock_};
  ProcessingTime brokers_now_ = machine_.now();
  HeldTopic events_{2};
  HeldTopic control_{1};
  ControlFollower follower_{control_};
  SeededRandom random_{1};
  std::optional<Collections> collections_;
  std::uint64_t number_ = 0;
  std::vector<std::string> answers_;
};

TEST_F(CollectionsTest, TakesNothingBeforeItHasJoinedAndReadAReportOfItsOwn) {
  open();
  EXPECT_THAT(collections_->trouble(), HasSubstr("not joined"));
  step();
  EXPECT_THAT(collections_->trouble(), HasSubstr("not joined"));
  EXPECT_EQ(reports().size(), 0U);
  join();
  EXPECT_EQ(reports().size(), 1U);
}

TEST_F(CollectionsTest, ARequestThatIsStillDecodedHoldsWhatIsReported) {
  open();
  join();
  std::optional<ArrivalClock::Arrival> arrival(arrivals_.arrive());
  const ProcessingTime received_at = arrival->received_at();
  EXPECT_EQ(next_report().oldest_unsettled, received_at);
  append(*arrival);
  EXPECT_EQ(next_report().oldest_unsettled, received_at);
  events_.answer();
  arrival.reset();
  EXPECT_GT(next_report().oldest_unsettled, received_at);
}

TEST_F(CollectionsTest, WhatIsUnknownHoldsItWhenItsRequestWasAnsweredLongAgo) {
  open();
  join();
  std::optional<ArrivalClock::Arrival> arrival(arrivals_.arrive());
  const ProcessingTime received_at = arrival->received_at();
  append(*arrival);
  events_.fail();
  arrival.reset();
  EXPECT_THAT(answers_, ElementsAre("unknown"));
  EXPECT_LE(next_report().oldest_unsettled, received_at);
  EXPECT_THAT(collections_->trouble(), HasSubstr("1 of 2 partitions"));
  EXPECT_THAT(collections_->trouble(), HasSubstr("no answer in time"));
  events_.answer_all();  // The fence.
  EXPECT_GT(next_report().oldest_unsettled, received_at);
  EXPECT_EQ(collections_->trouble(), "");
}

TEST_F(CollectionsTest, NothingIsStampedBeforeWhatWasCompleteWhenItJoined) {
  const ProcessingTime complete = machine_.now() + seconds(30);
  somebody_reports(complete);
  std::optional<ArrivalClock::Arrival> early(arrivals_.arrive());
  open();
  for (int i = 0; i < 5; ++i) {
    step();
  }
  EXPECT_THAT(collections_->trouble(), HasSubstr("from before it joined"));
  EXPECT_EQ(arrivals_.arrive().received_at(), complete);
  early.reset();  // It was refused.
  step();
  EXPECT_EQ(collections_->trouble(), "");
  EXPECT_EQ(next_report().oldest_unsettled, complete);
}

TEST_F(CollectionsTest, WhileEventsAreBroughtInItTakesNothing) {
  ClusterSettings settings{.epoch = SettingsEpoch(1), .migrated = MigratedLog{.log = {LogId(3)}}};
  const auto say = [&] {
    control_.put(kControl, {.header = {}, .value = encode_note(settings)}, brokers_now_);
  };
  say();
  open();
  for (int i = 0; i < 20; ++i) {
    step(seconds(1));
    events_.answer_all();
  }
  EXPECT_THAT(collections_->trouble(), HasSubstr("hapax migrate"));
  EXPECT_EQ(follower_.state().completeness().bound(), ProcessingTime::min());
  settings.epoch = SettingsEpoch(2);
  settings.migrated->is_done = true;
  say();
  join();
  EXPECT_GT(follower_.state().completeness().bound(), ProcessingTime::min());
}

TEST_F(CollectionsTest, AClockThatIsAheadOfTheBrokersTakesNothing) {
  brokers_now_ = machine_.now() - seconds(59);
  open();
  join();
  brokers_now_ = machine_.now() - seconds(62);
  next_report();
  EXPECT_THAT(collections_->trouble(), HasSubstr("ahead of the brokers'"));
  EXPECT_THAT(collections_->trouble(), HasSubstr("collect.clock_limit"));
  brokers_now_ = machine_.now();
  next_report();
  EXPECT_EQ(collections_->trouble(), "");
}

TEST_F(CollectionsTest, AClockThatIsBehindTheBrokersTakesNothing) {
  brokers_now_ = machine_.now() + seconds(59);
  open();
  join();
  brokers_now_ = machine_.now() + seconds(62);
  next_report();
  EXPECT_THAT(collections_->trouble(), HasSubstr("behind the brokers'"));
}

TEST_F(CollectionsTest, AReportThatIsLongOnItsWayDoesNotMakeTheClockWrong) {
  open();
  join();
  machine_.advance(seconds(1));
  collections_->step();  // A report is made.
  machine_.advance(minutes(10));
  brokers_now_ = machine_.now() - minutes(5);  // It was taken in the middle.
  control_.set_now(brokers_now_);
  control_.answer_all();
  collections_->step();
  EXPECT_EQ(collections_->stats().off, Microseconds(0));
}

TEST_F(CollectionsTest, ATopicOfControlThatDoesNotAnswerIsTold) {
  open();
  join();
  machine_.advance(seconds(19));
  collections_->step();
  EXPECT_EQ(collections_->trouble(), "");
  machine_.advance(seconds(2));
  collections_->step();
  EXPECT_THAT(collections_->trouble(), HasSubstr("has not answered for 21"));
  step();
  EXPECT_EQ(collections_->trouble(), "");
}

TEST_F(CollectionsTest, OneThatIsDeclaredGoneIsFollowedByTheNextAndSaysTheRest) {
  open();
  join();
  const ArrivalClock::Arrival arrival = arrivals_.arrive();
  append(arrival);
  const CollectorId former = reports().back().collector;
  control_.put(kControl, {.header = {}, .value = encode_note(CollectorGone{.collector = former})},
               brokers_now_);
  join();
  EXPECT_EQ(collections_->stats().lives, 2U);
  EXPECT_NE(reports().back().collector, former);
  append(arrival);
  events_.answer_all();
  EXPECT_THAT(answers_, ElementsAre("acknowledged", "acknowledged"));
  step();
  step();
  const auto all = reports();
  const auto last = std::ranges::find_if(
      all.rbegin(), all.rend(), [&](const auto& report) { return report.collector == former; });
  ASSERT_NE(last, all.rend());
  EXPECT_EQ(last->accounts[0].settled, 1U);
}

TEST_F(CollectionsTest, OneThatKnowsTooLittleIsFollowedByTheNext) {
  open();
  join();
  const ArrivalClock::Arrival arrival = arrivals_.arrive();
  append(arrival, kOne, 3);
  events_.fail();
  step();
  events_.answer_all();
  join();
  EXPECT_EQ(collections_->stats().lives, 2U);
  append(arrival);
  events_.answer_all();
  EXPECT_THAT(answers_, ElementsAre("unknown", "acknowledged"));
}

TEST_F(CollectionsTest, LeavesOnceAllIsSettledAndSaid) {
  open();
  join();
  const ArrivalClock::Arrival arrival = arrivals_.arrive();
  append(arrival);
  collections_->leave();
  step();
  EXPECT_THAT(collections_->trouble(), HasSubstr("stop"));
  EXPECT_FALSE(collections_->is_over());
  events_.answer_all();
  step();
  step();
  EXPECT_TRUE(collections_->is_over());
}

/// Whatever happens when: no record comes behind what its collector has called complete.
class CollectionsOrderTest : public CollectionsTest {
 protected:
  void run(std::uint64_t seed) {
    SeededRandom chance(seed);
    open();
    std::vector<ArrivalClock::Arrival> decoding;
    for (int i = 0; i < 2000; ++i) {
      machine_.advance(milliseconds(chance.below(20)));
      brokers_now_ = machine_.now();
      control_.set_now(brokers_now_);
      switch (chance.below(8)) {
        case 0:
        case 1:
          decoding.push_back(arrivals_.arrive());
          break;
        case 2:
          if (!decoding.empty()) {
            end_one(decoding, chance);
          }
          break;
        case 3:
          if (events_.waiting() > 0) {
            chance.one_in(5) ? events_.fail(chance.below(2)) : events_.answer();
          }
          break;
        case 4:
          control_.answer_all();
          break;
        case 5:
          if (chance.one_in(20) && !reports().empty()) {
            control_.put(
                kControl,
                {.header = {},
                 .value = encode_note(CollectorGone{.collector = reports().back().collector})},
                brokers_now_);
          }
          break;
        default:
          collections_->step();
      }
      check();
    }
  }
  /// A request that was decoded is appended, or refused. Its arrival ends later than the append
  /// begins, here at once: what is unknown must be held without it.
  void end_one(std::vector<ArrivalClock::Arrival>& decoding, SeededRandom& chance) {
    const std::size_t at = chance.below(decoding.size());
    const ArrivalClock::Arrival ended = std::move(decoding[at]);
    decoding.erase(decoding.begin() + static_cast<std::ptrdiff_t>(at));
    collections_->step();
    if (collections_->trouble().empty() && !collections_->is_full()) {
      append(ended, kPartitions[chance.below(2)]);
      ++appended_;
    }
  }
  void check() {
    const auto& notes = control_.records(kControl);
    for (; notes_seen_ < notes.size(); ++notes_seen_) {
      completeness_.apply(decode_note(notes[notes_seen_].entry.value).value(),
                          notes[notes_seen_].appended_at);
    }
    for (const PartitionId partition : kPartitions) {
      const auto& records = events_.records(partition);
      std::size_t& seen = records_seen_[partition.value()];
      for (; seen < records.size(); ++seen) {
        const RecordHeader header = decode_header(records[seen].entry.header).value();
        if (header.kind == RecordHeader::Kind::kEvent && completeness_.has(header.collector)) {
          const auto received_at =
              processing_time_from_micros(std::stoll(records[seen].entry.value));
          ASSERT_GE(received_at, completeness_.bound());
        }
      }
    }
  }

  Completeness completeness_;
  std::size_t notes_seen_ = 0;
  std::size_t records_seen_[2] = {0, 0};
  int appended_ = 0;
};

class CollectionsSeedTest : public CollectionsOrderTest,
                            public testing::WithParamInterface<std::uint64_t> {};

TEST_P(CollectionsSeedTest, NothingComesBehindWhatIsComplete) {
  run(GetParam());
  EXPECT_GT(appended_, 20);
  EXPECT_GT(completeness_.bound(), ProcessingTime::min());
}

INSTANTIATE_TEST_SUITE_P(Seeds, CollectionsSeedTest, testing::Range<std::uint64_t>(1, 40));

}  // namespace
}  // namespace hapax
