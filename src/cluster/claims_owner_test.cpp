// SPDX-License-Identifier: Apache-2.0
#include "cluster/claims_owner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "cluster/claims_test_support.hpp"
#include "cluster/manifest.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ClaimsOwnerTest : public ClaimsTest {};

TEST_F(ClaimsOwnerTest, GoesOnWithWhatWasKept) {
  Machine machine(cluster_);
  claim(0);
  claim(1);
  {
    OwningJudge first(machine);
    first.keep();
    EXPECT_EQ(first.owner.durable(), Offset(2));
  }
  OwningJudge second(machine);
  second.run();
  EXPECT_FALSE(second.error);
  EXPECT_EQ(second.owner.position(), Offset(2));
  // What was said is durable, else it would not have been kept.
  EXPECT_EQ(cluster_.said().size(), 2U);
}

TEST_F(ClaimsOwnerTest, AStateOfAnotherTopicOfEventsStaysAsItIs) {
  keep_states(1);
  const HeldObjects::Objects before = cluster_.objects;
  MemoryTopic made_anew(1, "events, made anew");
  Machine machine(cluster_, &made_anew);
  OwningJudge judge(machine);
  judge.run();
  ASSERT_TRUE(judge.error);
  EXPECT_EQ(judge.error->kind, ErrorKind::kCorrupt);
  EXPECT_THAT(judge.error->message, HasSubstr("the topic of events is another one"));
  EXPECT_EQ(cluster_.objects, before);
}

TEST_F(ClaimsOwnerTest, WhatIsClaimedOfAnotherTopicOfEventsIsNotKept) {
  Machine machine(cluster_);
  claim(0);
  OwningJudge judge(machine);
  judge.keep();
  cluster_.events.make_anew();
  claim(0);
  judge.keep();
  ASSERT_TRUE(judge.error);
  EXPECT_EQ(judge.error->kind, ErrorKind::kCorrupt);
  EXPECT_EQ(judge.owner.durable(), Offset(1));
}

TEST_F(ClaimsOwnerTest, AStateThatDoesNotNameTheTopicOfEventsIsRefusedWithAWord) {
  keep_states(1);
  std::string& newest = cluster_.objects.rbegin()->second;
  Manifest manifest = decode_manifest(newest).value();
  manifest.topics.erase(manifest.topics.begin());
  newest = encode_manifest(manifest);
  const HeldObjects::Objects before = cluster_.objects;
  Machine machine(cluster_);
  OwningJudge judge(machine);
  judge.run();
  ASSERT_TRUE(judge.error);
  EXPECT_THAT(judge.error->text(), HasSubstr("another version of Hapax"));
  EXPECT_EQ(cluster_.objects, before);
}

TEST_F(ClaimsOwnerTest, OneStateOfAProcessIsFetchedAndRestoredAtATime) {
  keep_states(3);
  Machine machine(cluster_);
  std::vector<std::unique_ptr<OwningJudge>> judges;
  for (std::uint32_t p = 0; p < 3; ++p) {
    judges.push_back(std::make_unique<OwningJudge>(machine, p));
  }
  const auto step_all = [&] {
    for (int i = 0; i < 60; ++i) {
      for (const auto& judge : judges) {
        judge->step();
        ASSERT_FALSE(judge->error);
      }
    }
  };
  for (std::size_t restored = 0; restored < judges.size(); ++restored) {
    step_all();
    ASSERT_EQ(machine.side.waiting(), 1U);
    EXPECT_EQ(
        std::ranges::count_if(judges, [](const auto& one) { return one->owner.is_restored(); }),
        static_cast<std::ptrdiff_t>(restored));
    EXPECT_EQ(
        std::ranges::count_if(
            judges, [](const auto& one) { return one->owner.waits_for().starts_with("its turn"); }),
        static_cast<std::ptrdiff_t>(judges.size() - restored - 1));
    machine.side.work_off();
  }
  step_all();
  EXPECT_TRUE(
      std::ranges::all_of(judges, [](const auto& one) { return one->owner.is_restored(); }));
}

TEST_F(ClaimsOwnerTest, WhoGoesWhileItWaitsForItsTurnHasFetchedNothing) {
  keep_states(3);
  Machine machine(cluster_);
  OwningJudge first(machine, 0);
  auto second = std::make_unique<OwningJudge>(machine, 1);
  OwningJudge third(machine, 2);
  for (int i = 0; i < 60; ++i) {
    first.step();
    second->step();
    third.step();
  }
  second.reset();
  machine.side.work_off();
  third.run();
  EXPECT_TRUE(third.owner.is_restored());
  EXPECT_THAT(machine.store.fetched, ElementsAre("claims-0", "claims-2"));
}

TEST_F(ClaimsOwnerTest, AStateOfWhichAFileDoesNotComeGivesItsTurnAway) {
  keep_states(2);
  Machine machine(cluster_);
  machine.store.withheld = "claims-0";
  auto broken = std::make_unique<OwningJudge>(machine, 0);
  broken->run();
  ASSERT_TRUE(broken->error);
  EXPECT_FALSE(broken->owner.is_restored());
  broken.reset();
  OwningJudge other(machine, 1);
  other.run();
  EXPECT_TRUE(other.owner.is_restored());
}

}  // namespace
}  // namespace hapax
