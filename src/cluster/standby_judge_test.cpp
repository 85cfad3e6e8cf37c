// SPDX-License-Identifier: Apache-2.0
#include "cluster/standby_judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cluster/claims_test_support.hpp"
#include "cluster/manifest.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Verdict kFirst = Verdict::kUnique;
constexpr Verdict kAgain = Verdict::kDuplicate;

struct StandingBy {
  explicit StandingBy(Machine& machine)
      : on(machine),
        state(std::make_shared<JudgedIds>(1, DedupSettings{.bucket_ids_min = 64}, store)),
        judged(PartitionId(0), machine.cluster.claims, machine.cluster.verdicts, state),
        standby(PartitionId(0), {.events = machine.events,
                                 .claims = machine.cluster.claims,
                                 .verdicts = machine.cluster.verdicts,
                                 .objects = machine.store,
                                 .side = machine.side,
                                 .line = machine.line,
                                 .judged = judged}) {}

  void run(int steps = 60) {
    for (int i = 0; i < steps && !error; ++i) {
      if (Result<void> done = standby.step(); !done) {
        error = std::move(done).error();
      }
      on.answer();
      on.side.work_off();
    }
  }

  Machine& on;
  MemoryPortableStore store;
  std::shared_ptr<JudgedIds> state;
  JudgedClaims judged;
  StandbyJudge standby;
  std::optional<Error> error;
};

class StandbyJudgeTest : public ClaimsTest {
 protected:
  Machine machine_{cluster_};
};

TEST_F(StandbyJudgeTest, SaysWhatItsOwnerDidNotLiveToSay) {
  OwningJudge owner(machine_);
  claim(0);
  owner.keep();
  StandingBy other(machine_);
  other.run();
  ASSERT_TRUE(other.standby.is_restored());
  claim(1);
  claim_again(2, 0);  // Its id is only in the state that was kept.
  other.run();
  EXPECT_THAT(cluster_.said(), ElementsAre(DecidedOffset{Offset(0), kFirst}));
  other.judged.speak(true);
  claim(3);
  other.run();
  EXPECT_THAT(cluster_.said(),
              ElementsAre(DecidedOffset{Offset(0), kFirst}, DecidedOffset{Offset(0), kFirst},
                          DecidedOffset{Offset(1), kFirst}, DecidedOffset{Offset(2), kAgain},
                          DecidedOffset{Offset(3), kFirst}));
}

TEST_F(StandbyJudgeTest, WhatIsSettledIsNotSaidAgain) {
  claim(0);
  claim(1);
  settle(1);
  StandingBy one(machine_);
  one.run();
  one.judged.speak(true);
  one.run();
  EXPECT_THAT(cluster_.said(), ElementsAre(DecidedOffset{Offset(1), kFirst}));
}

TEST_F(StandbyJudgeTest, WhoFallsSilentSaysNoMore) {
  StandingBy one(machine_);
  one.run();
  one.judged.speak(true);
  one.judged.speak(false);
  claim(0);
  one.run();
  EXPECT_THAT(cluster_.said(), IsEmpty());
  one.judged.speak(true);
  one.run();
  EXPECT_THAT(cluster_.said(), ElementsAre(DecidedOffset{Offset(0), kFirst}));
}

TEST_F(StandbyJudgeTest, LeavesTheStateToItsOwner) {
  OwningJudge owner(machine_);
  claim(0);
  owner.keep();
  const HeldObjects::Objects before = cluster_.objects;
  StandingBy other(machine_);
  other.judged.speak(true);
  other.run();
  EXPECT_EQ(cluster_.objects, before);
  claim(1);
  owner.keep();
  EXPECT_EQ(owner.owner.durable(), Offset(2));
}

TEST_F(StandbyJudgeTest, BeginsAtTheFirstClaimWhereNothingIsKept) {
  claim(0);
  StandingBy one(machine_);
  one.run();
  EXPECT_EQ(one.judged.position(), Offset(1));
}

TEST_F(StandbyJudgeTest, IdsThatLeftMemoryAreKnown) {
  claim(0);
  StandingBy one(machine_);
  one.run();
  ASSERT_TRUE(one.state->spill());
  EXPECT_EQ(one.state->judge().stats().dedup.hot_ids, 0U);
  claim_again(1, 0);
  one.judged.speak(true);
  one.run();
  EXPECT_THAT(cluster_.said(),
              ElementsAre(DecidedOffset{Offset(0), kFirst}, DecidedOffset{Offset(1), kAgain}));
}

TEST_F(StandbyJudgeTest, AFileThatTheOwnerHasRemovedMeanwhileIsNotMissed) {
  OwningJudge owner(machine_);
  claim(0);
  owner.keep();
  StandingBy other(machine_);
  machine_.store.meanwhile = [&] {  // Before it has the first file.
    for (std::uint64_t offset = 1; offset < 40; ++offset) {
      claim(offset);
      owner.keep();
    }
  };
  other.run(200);
  EXPECT_FALSE(other.error);
  EXPECT_TRUE(other.standby.is_restored());
  EXPECT_EQ(other.judged.position(), Offset(40));
}

TEST_F(StandbyJudgeTest, AFileThatIsLostIsToldByName) {
  keep_states(1);
  machine_.store.withheld = "claims-0";
  StandingBy one(machine_);
  one.run();
  ASSERT_TRUE(one.error);
  EXPECT_FALSE(one.standby.is_restored());
}

TEST_F(StandbyJudgeTest, AStateOfAnotherTopicOfEventsIsRefused) {
  keep_states(1);
  MemoryTopic made_anew(1, "events, made anew");
  Machine other(cluster_, &made_anew);
  StandingBy one(other);
  one.run();
  ASSERT_TRUE(one.error);
  EXPECT_THAT(one.error->message, HasSubstr("the topic of events is another one"));
}

}  // namespace
}  // namespace hapax
