// SPDX-License-Identifier: Apache-2.0
#include "partition/standby_choice.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace hapax {
namespace {

constexpr std::uint32_t kPartitions = 64;
constexpr StandbyTopics kTopics{.events = 0, .claims = 1, .partitions = kPartitions};

/// Processes that have the partitions of the first topic by turns, those of the second likewise.
std::vector<GroupMember> processes(std::uint32_t count) {
  std::vector<GroupMember> members;
  for (std::uint32_t i = 0; i < count; ++i) {
    GroupMember& member = members.emplace_back();
    member.name = "process-" + std::to_string(i);
    member.assigned.resize(2);
    for (std::uint32_t p = i; p < kPartitions; p += count) {
      member.assigned[0].insert(PartitionId(p));
      member.assigned[1].insert(PartitionId(p));
    }
  }
  return members;
}

/// As the one of that number sees them.
std::set<PartitionId> chosen_by(std::vector<GroupMember> members, std::size_t self) {
  members[self].is_self = true;
  return stands_by_for(members, kTopics);
}

TEST(StandbyChoiceTest, OneThatDoesNotOwnItStandsByForEachPartition) {
  const std::vector<GroupMember> members = processes(5);
  std::size_t chosen = 0;
  std::set<PartitionId> all;
  for (std::size_t self = 0; self < members.size(); ++self) {
    const std::set<PartitionId> own = chosen_by(members, self);
    EXPECT_GE(own.size(), 3U) << self;
    for (const PartitionId one : own) {
      EXPECT_FALSE(members[self].assigned[1].contains(one));
    }
    chosen += own.size();
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(chosen, kPartitions);
  EXPECT_EQ(all.size(), kPartitions);
}

TEST(StandbyChoiceTest, WhoIsAloneStandsByForNothing) {
  EXPECT_TRUE(chosen_by(processes(1), 0).empty());
  EXPECT_TRUE(stands_by_for({}, kTopics).empty());
}

TEST(StandbyChoiceTest, OfTwoEachStandsByForTheOther) {
  const std::vector<GroupMember> members = processes(2);
  EXPECT_EQ(chosen_by(members, 0), members[1].assigned[1]);
  EXPECT_EQ(chosen_by(members, 1), members[0].assigned[1]);
}

TEST(StandbyChoiceTest, WhoDoesNotNoticeThatVerdictsAreLateIsNotChosenWhereOthersAre) {
  std::vector<GroupMember> members = processes(3);
  members[2].assigned[0].clear();
  EXPECT_EQ(chosen_by(members, 0).size() + chosen_by(members, 1).size(), kPartitions);
  EXPECT_TRUE(chosen_by(members, 2).empty());
  members.erase(members.begin());
  EXPECT_EQ(chosen_by(members, 1), members[0].assigned[1]) << "there is nobody else";
}

TEST(StandbyChoiceTest, OneMoreTakesItsShareAndMovesNothingElse) {
  std::vector<GroupMember> members = processes(4);
  const std::set<PartitionId> before = chosen_by(members, 0);
  members.push_back({.name = "process-new", .assigned = {{PartitionId(99)}, {}}});
  for (const PartitionId one : chosen_by(members, 0)) {
    EXPECT_TRUE(before.contains(one));
  }
}

}  // namespace
}  // namespace hapax
