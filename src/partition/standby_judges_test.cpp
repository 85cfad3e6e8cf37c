// SPDX-License-Identifier: Apache-2.0
#include "partition/standby_judges.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "cluster/claim.hpp"
#include "partition/runners_test_support.hpp"

namespace hapax {
namespace {

/// Of two processes the first has all partitions of events, the second those of claims, and stands
/// by for nothing.
class StandbyJudgesTest : public RunnersTest {
 protected:
  StandbyJudgesTest() {
    for (std::uint32_t p = 0; p < kEventPartitions; ++p) {
      assign(true, p, 0);
    }
    for (std::uint32_t p = 0; p < kClaimPartitions; ++p) {
      assign(false, p, 1);
    }
    step();
  }

  /// Each knows of both, as they are now.
  void tell_members() {
    for (std::size_t self = 0; self < processes_.size(); ++self) {
      std::vector<GroupMember>& members = processes_[self]->group.others;
      members.clear();
      for (std::size_t i = 0; i < processes_.size(); ++i) {
        members.push_back({.name = std::to_string(i),
                           .is_self = i == self,
                           .assigned = processes_[i]->group.told});
      }
    }
  }
  void send_some(const std::string& prefix, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      send(prefix + std::to_string(i), i);
      send(prefix + std::to_string(i), i + 1);  // Of another partition.
    }
  }
  void kill_judges() { processes_.pop_back(); }
  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      step();
    }
  }
  bool stand_by() {
    tell_members();
    steps(300);
    const auto standbys = processes_[0]->runner.standbys();
    return standbys.size() == kClaimPartitions &&
           std::ranges::all_of(standbys, [](const auto& one) { return one.is_restored; });
  }
  /// How many verdicts there are on all events together.
  std::size_t said() {
    std::size_t count = 0;
    for (std::uint32_t p = 0; p < kEventPartitions; ++p) {
      const auto reader = world_.verdicts.read(PartitionId(p), Offset(0));
      for (auto records = reader->poll(1000); !records.value().empty();
           records = reader->poll(1000)) {
        for (const TopicRecord& record : records.value()) {
          count += decode_verdicts(record.entry.value).value().decided.size();
        }
      }
    }
    return count;
  }
};

TEST_F(StandbyJudgesTest, WhenJudgesAreKilledThoseThatStandBySpeak) {
  send_some("a", 20);
  ASSERT_TRUE(run_until_all_is_published());
  ASSERT_TRUE(stand_by());
  kill_judges();
  send_some("a", 10);
  send_some("b", 20);
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 40U);
  EXPECT_EQ(books().counted, 40U);
  EXPECT_EQ(books().duplicate, 60U);
}

TEST_F(StandbyJudgesTest, WithoutThemAllPartitionsWait) {
  send_some("a", 20);
  ASSERT_TRUE(run_until_all_is_published());
  kill_judges();
  send_some("b", 20);
  EXPECT_FALSE(run_until_all_is_published());
}

TEST_F(StandbyJudgesTest, WhatTheDeadHadReadAndNotSaidIsSaid) {
  ASSERT_TRUE(stand_by());
  world_.verdicts.set_broken(true);
  send_some("a", 20);
  steps(50);
  ASSERT_EQ(said(), 0U);
  kill_judges();
  world_.verdicts.set_broken(false);
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 20U);
}

TEST_F(StandbyJudgesTest, TheyAreSilentWhileTheirOwnersAreThere) {
  ASSERT_TRUE(stand_by());
  send_some("a", 100);
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_EQ(said(), sent_);
}

TEST_F(StandbyJudgesTest, TheyFallSilentOnceThereAreOwnersAgain) {
  send_some("a", 20);
  ASSERT_TRUE(stand_by());
  kill_judges();
  send_some("b", 20);
  ASSERT_TRUE(run_until_all_is_published());
  processes_.push_back(std::make_unique<Process>(world_));
  assign(false, 0, 1);
  assign(false, 1, 1);
  tell_members();
  world_.clock.advance(StandbyJudges::kSpeaksFor);
  steps(100);
  const std::size_t before = said();
  const std::uint64_t sent = sent_;
  send_some("c", 20);
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_EQ(said() - before, sent_ - sent);
}

TEST_F(StandbyJudgesTest, WhoIsNotWantedForAMomentIsNotFetchedAnew) {
  send_some("a", 20);
  ASSERT_TRUE(stand_by());
  processes_[0]->side_is_held = true;  // Nothing more is restored.
  processes_[0]->group.others.clear();
  steps(300);
  ASSERT_TRUE(stand_by());
  processes_[0]->group.others.clear();
  steps(300);
  world_.clock.advance(StandbyJudges::kSpeaksFor);
  steps(10);
  EXPECT_TRUE(processes_[0]->runner.standbys().empty());
}

TEST_F(StandbyJudgesTest, AProcessThatStoodStillDoesNotSpeakOfWhatItOwnedBefore) {
  send_some("a", 20);
  ASSERT_TRUE(run_until_all_is_published());
  processes_.push_back(std::make_unique<Process>(world_));
  assign(false, 0, 2);
  assign(false, 1, 2);
  world_.clock.advance(std::chrono::hours(1));
  steps(10);
  EXPECT_TRUE(processes_[1]->runner.standbys().empty());
}

TEST_F(StandbyJudgesTest, WhoTakesOverWhatItStandsByForSpeaksUntilItHasTheState) {
  send_some("a", 20);
  ASSERT_TRUE(stand_by());
  kill_judges();
  processes_[0]->side_is_held = true;
  assign(false, 0, 0);
  assign(false, 1, 0);
  tell_members();
  send_some("b", 20);
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_FALSE(processes_[0]->runner.claims().front().is_restored);
  processes_[0]->side_is_held = false;
  steps(100);
  EXPECT_TRUE(processes_[0]->runner.is_ready());
  EXPECT_TRUE(processes_[0]->runner.standbys().empty());
  send_some("a", 20);
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 40U);
}

TEST_F(StandbyJudgesTest, AJudgeWhosePartitionMovesGoesOnUntilTheNextOneHasTheState) {
  send_some("a", 20);
  ASSERT_TRUE(run_until_all_is_published());
  processes_.push_back(std::make_unique<Process>(world_));
  processes_[2]->side_is_held = true;
  assign(false, 0, 2);
  assign(false, 1, 2);
  send_some("b", 20);
  send_some("a", 10);
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_FALSE(processes_[2]->runner.claims().front().is_restored);
  EXPECT_EQ(books().unique, 40U);
  processes_[2]->side_is_held = false;
  world_.clock.advance(StandbyJudges::kSpeaksFor);
  steps(100);
  EXPECT_TRUE(processes_[1]->runner.standbys().empty());
  send_some("b", 20);
  ASSERT_TRUE(run_until_all_is_published());
  EXPECT_EQ(books().unique, 40U);
}

}  // namespace
}  // namespace hapax
