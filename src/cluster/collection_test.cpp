// SPDX-License-Identifier: Apache-2.0
#include "cluster/collection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/record_header.hpp"
#include "testing/held_topic.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr PartitionId kOne{0};
constexpr PartitionId kTwo{1};
constexpr CollectorId kId{7};

ProcessingTime at(int second) {
  return ProcessingTime(seconds(second));
}

/// A collector beside two partitions of events.
class CollectionTest : public testing::Test {
 protected:
  void join() {
    for (int i = 0; i < 10 && !collection_.is_ready(); ++i) {
      step();
    }
    ASSERT_TRUE(collection_.is_ready());
  }
  void step() {
    control_.answer_all();
    ASSERT_TRUE(follower_.step());
    collection_.step();
  }
  /// A request with one event for each of `partitions`, in this order.
  void send(const std::vector<PartitionId>& partitions, int clock = 100) {
    const Collection::Begun begun = collection_.begin(at(clock));
    received_at_ = begun.received_at;
    std::vector<CollectedEvent> events;
    for (const PartitionId partition : partitions) {
      ++number_;
      events.push_back({.partition = partition,
                        .id = {.low = number_, .high = 1},
                        .record = std::to_string(number_)});
    }
    queued_ = collection_.append(begun.request, std::move(events),
                                 [this](const Result<Receipt>& receipt) {
                                   answers_.push_back(receipt ? "acknowledged" : "unknown");
                                 });
  }
  CollectorReport report(int clock) {
    collection_.report(at(clock));
    control_.answer_all();
    return std::get<CollectorReport>(
        decode_note(control_.records(PartitionId(0)).back().entry.value).value());
  }

  HeldTopic events_{2};
  HeldTopic control_{1};
  ControlFollower follower_{control_};
  Collection collection_{kId, {.unsettled_max = 4}, {events_, control_, follower_}};
  std::uint64_t number_ = 0;
  ProcessingTime received_at_;
  Result<void> queued_;
  std::vector<std::string> answers_;
};

TEST_F(CollectionTest, TakesNothingBeforeItHasJoined) {
  EXPECT_FALSE(collection_.is_ready());
  join();
}

TEST_F(CollectionTest, StampsNothingBeforeWhatIsComplete) {
  control_.put(PartitionId(0),
               {.header = {}, .value = encode_note(CollectorJoined{CollectorId(1)})}, at(600));
  control_.put(PartitionId(0),
               {.header = {},
                .value = encode_note(
                    CollectorReport{.collector = CollectorId(1), .oldest_unsettled = at(500)})},
               at(600));
  join();
  send({kOne}, 100);
  EXPECT_EQ(received_at_, at(500));
}

TEST_F(CollectionTest, AcknowledgesWhenAllPartitionsHaveTheirEvents) {
  join();
  send({kOne, kTwo, kOne});
  events_.answer();
  EXPECT_THAT(answers_, IsEmpty());
  events_.answer();
  EXPECT_THAT(answers_, ElementsAre("acknowledged"));
  EXPECT_THAT(events_.values(kOne), ElementsAre("1", "3"));
}

TEST_F(CollectionTest, HoldsWhatIsCompleteWhileARequestIsOnItsWay) {
  join();
  send({kOne}, 100);
  EXPECT_EQ(report(200).oldest_unsettled, at(100));
  events_.answer();
  EXPECT_EQ(report(201).oldest_unsettled, at(201));
}

TEST_F(CollectionTest, AfterAFailureNothingIsAppendedBeforeTheFence) {
  join();
  send({kOne, kOne});
  events_.fail(1);
  EXPECT_THAT(answers_, ElementsAre("unknown"));
  send({kOne});
  EXPECT_FALSE(queued_.has_value());
  send({kTwo});
  EXPECT_TRUE(queued_.has_value());
  events_.answer_all();
  step();
  events_.answer_all();
  send({kOne});
  events_.answer_all();
  EXPECT_THAT(events_.values(kOne), ElementsAre("1", encode_fence(at(100)), "5"));
}

TEST_F(CollectionTest, WhatFailedHoldsWhatIsCompleteUntilTheFenceIsThere) {
  join();
  send({kOne}, 100);
  events_.fail();
  EXPECT_EQ(report(200).oldest_unsettled, at(100));
  step();
  events_.fail();  // The fence, too.
  step();
  EXPECT_EQ(report(201).oldest_unsettled, at(100));
  events_.answer_all();
  EXPECT_EQ(report(202).oldest_unsettled, at(202));
}

TEST_F(CollectionTest, ListsWhatItDoesNotKnow) {
  join();
  send({kOne, kOne});
  events_.answer();
  send({kOne});
  events_.fail();
  EXPECT_EQ(report(200).accounts[0].settled, 2U);
  step();
  events_.answer_all();
  const CollectorAccount account = report(201).accounts[0];
  EXPECT_EQ(account.settled, 3U);
  ASSERT_EQ(account.unknown.size(), 1U);
  EXPECT_EQ(account.unknown[0].sequence, 3U);
  EXPECT_EQ(account.unknown[0].resolved_at, Offset(3));
}

TEST_F(CollectionTest, WhoIsDeclaredGoneTakesNothingMoreAndSaysWhatBecameOfTheRest) {
  join();
  send({kOne});
  control_.put(PartitionId(0),
               {.header = {}, .value = encode_note(CollectorGone{.collector = kId})});
  step();
  EXPECT_FALSE(collection_.is_ready());
  EXPECT_TRUE(collection_.is_gone());
  step();
  EXPECT_FALSE(collection_.is_over());
  events_.answer_all();
  step();
  step();
  EXPECT_TRUE(collection_.is_over());
  const std::vector<TopicRecord>& notes = control_.records(PartitionId(0));
  const ControlNote last = decode_note(notes[notes.size() - 2].entry.value).value();
  EXPECT_EQ(std::get<CollectorReport>(last).accounts[0].settled, 1U);
}

TEST_F(CollectionTest, TakesNoMoreThanItCanSpeakOf) {
  join();
  send({kOne, kOne, kOne, kOne});
  EXPECT_FALSE(collection_.is_ready());
  events_.answer_all();
  EXPECT_TRUE(collection_.is_ready());
}

TEST_F(CollectionTest, TellsAPartitionWithoutEventsWhatTimeItIs) {
  join();
  send({kOne}, 100);
  events_.answer_all();
  report(100);
  step();
  events_.answer_all();
  EXPECT_THAT(events_.values(kTwo), ElementsAre(encode_fence(at(100))));
  report(100 + 3'601);
  step();
  events_.answer_all();
  EXPECT_THAT(events_.values(kOne), ElementsAre("1", encode_fence(at(3'701))));
  EXPECT_THAT(events_.values(kTwo), ElementsAre(encode_fence(at(100)), encode_fence(at(3'701))));
}

TEST_F(CollectionTest, IsOverOnlyWhenNothingOfItIsOnItsWay) {
  join();
  report(100);
  step();  // Partitions are told what time it is.
  EXPECT_EQ(events_.waiting(), 2U);
  collection_.leave();
  step();
  step();
  EXPECT_TRUE(collection_.is_gone());
  EXPECT_FALSE(collection_.is_over());
  events_.answer_all();
  EXPECT_TRUE(collection_.is_over());
}

TEST_F(CollectionTest, LeavesOnceAllIsSettledAndSaid) {
  join();
  send({kOne});
  collection_.leave();
  EXPECT_FALSE(collection_.is_ready());
  step();
  step();
  EXPECT_FALSE(collection_.is_gone());
  events_.answer_all();
  step();
  step();
  EXPECT_TRUE(collection_.is_gone());
}

}  // namespace
}  // namespace hapax
