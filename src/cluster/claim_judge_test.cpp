// SPDX-License-Identifier: Apache-2.0
#include "cluster/claim_judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "testing/memory_state_store.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

constexpr Microseconds kWindow = hours(24);

SeenId seen(std::uint64_t number, std::uint64_t content = 0) {
  std::mt19937_64 spread(number);
  const std::uint64_t low = spread();
  return {.id = {.low = low, .high = spread()}, .content = SeenId::pack(content, 0)};
}

Claim claim(std::uint64_t offset, const SeenId& seen, Microseconds at) {
  ForgetFloor floor;
  const TimeSpan span = floor.pass(ProcessingTime(at), kWindow);
  return {.offset = Offset(offset), .seen = seen, .span = span, .floor = floor.value()};
}

SettledMark mark(std::uint32_t partition, std::uint64_t counted, Microseconds at) {
  return {.partition = PartitionId(partition),
          .counted = Offset(counted),
          .time = ProcessingTime(at),
          .floor = ForgetFloor::floor_at(ProcessingTime(at), kWindow)};
}

/// A judge of two partitions of events.
class ClaimJudgeTest : public testing::Test {
 protected:
  ClaimJudgeTest() { judge_.emplace(2, settings_, store_); }

  std::vector<DecidedOffset> ask(std::uint32_t partition, const Claim& claim) {
    return judge_->judge({.partition = PartitionId(partition), .claims = {claim}}).value().decided;
  }
  Verdict decide(std::uint32_t partition, const Claim& claim) {
    const std::vector<DecidedOffset> decided = ask(partition, claim);
    EXPECT_EQ(decided.size(), 1U);
    return decided.at(0).verdict;
  }
  /// As a judge on another machine that has the state of this one.
  void move() {
    StateWrite write{.manifest = "judge"};
    const FrozenIds frozen = judge_->freeze();
    ASSERT_TRUE(frozen.add_to(write, store_).has_value());
    ASSERT_TRUE(store_.write(write).has_value());
    judge_->commit();
    std::string bytes;
    ByteWriter out(bytes);
    judge_->encode(out);
    judge_.emplace(2, settings_, store_);
    ByteReader in(bytes);
    ASSERT_TRUE(judge_->restore(in).has_value());
    EXPECT_TRUE(in.at_end());
  }

  DedupSettings settings_{.bucket_ids_min = 32, .bucket_ids_fourfold = 64, .bucket_ids_max = 64};
  MemoryStateStore store_;
  std::optional<ClaimJudge> judge_;
};

TEST_F(ClaimJudgeTest, FirstIsWhoClaimsFirst) {
  EXPECT_EQ(decide(1, claim(7, seen(1), hours(0))), Verdict::kUnique);
  EXPECT_EQ(decide(0, claim(3, seen(1), hours(0))), Verdict::kDuplicate);
  EXPECT_EQ(decide(0, claim(4, seen(1, 5), hours(0))), Verdict::kConflict);
}

TEST_F(ClaimJudgeTest, AClaimThatIsMadeAgainGetsTheSameAnswer) {
  for (const bool moved : {false, true}) {
    if (moved) {
      move();
    }
    EXPECT_EQ(decide(0, claim(1, seen(1), hours(0))), Verdict::kUnique);
    EXPECT_EQ(decide(1, claim(1, seen(1), hours(0))), Verdict::kDuplicate);
    EXPECT_EQ(decide(1, claim(2, seen(1, 9), hours(0))), Verdict::kConflict);
  }
  EXPECT_EQ(judge_->stats().unsettled, 3U);
}

TEST_F(ClaimJudgeTest, AnAnswerIsKeptUntilItsEventIsCountedDurably) {
  decide(0, claim(1, seen(1), hours(0)));
  decide(0, claim(2, seen(2), hours(0)));
  ASSERT_TRUE(judge_->settle(mark(0, 2, hours(0))).has_value());
  EXPECT_EQ(judge_->stats().unsettled, 1U);
  EXPECT_EQ(decide(0, claim(2, seen(2), hours(0))), Verdict::kUnique);
}

TEST_F(ClaimJudgeTest, AClaimOfWhatIsSettledGetsNoAnswerAndLeavesNoTrace) {
  decide(0, claim(1, seen(1), hours(0)));
  ASSERT_TRUE(judge_->settle(mark(0, 2, hours(0))).has_value());
  move();
  EXPECT_THAT(ask(0, claim(1, seen(1), hours(0))), ElementsAre());
  // Of an owner that is no more and read further: an id that nobody has counted.
  EXPECT_THAT(ask(0, claim(0, seen(5), hours(0))), ElementsAre());
  EXPECT_EQ(judge_->stats().stale, 2U);
  EXPECT_EQ(decide(1, claim(1, seen(5), hours(0))), Verdict::kUnique);
}

TEST_F(ClaimJudgeTest, AMarkOfAnOwnerThatIsNoMoreTakesNothingBack) {
  decide(0, claim(1, seen(1), hours(0)));
  ASSERT_TRUE(judge_->settle(mark(0, 2, hours(0))).has_value());
  ASSERT_TRUE(judge_->settle(mark(0, 0, hours(0))).has_value());
  EXPECT_THAT(ask(0, claim(1, seen(1), hours(0))), ElementsAre());
}

TEST_F(ClaimJudgeTest, ForgetsAsThePartitionThatIsFurthestBehind) {
  decide(0, claim(1, seen(1), hours(0)));
  ASSERT_TRUE(judge_->settle(mark(0, 1'000, hours(240))).has_value());
  EXPECT_EQ(judge_->stats().dedup.ids, 1U);  // Partition 1 was not heard of.
  ASSERT_TRUE(judge_->settle(mark(1, 0, hours(1))).has_value());
  EXPECT_EQ(decide(1, claim(1, seen(1), hours(1))), Verdict::kDuplicate);
  ASSERT_TRUE(judge_->settle(mark(1, 1'000, hours(240))).has_value());
  EXPECT_EQ(judge_->stats().dedup.ids, 0U);
}

TEST_F(ClaimJudgeTest, AClaimIsJudgedWithinTheWindowOfItsOwnTime) {
  decide(0, claim(1, seen(1), hours(0)));
  EXPECT_EQ(decide(0, claim(2, seen(1), hours(72))), Verdict::kUnique);
  // An owner that is behind asks later, of a time before.
  EXPECT_EQ(decide(1, claim(1, seen(1), hours(1))), Verdict::kDuplicate);
}

TEST_F(ClaimJudgeTest, AnUnreadableStoreLeavesItAskableAgain) {
  for (std::uint64_t id = 0; id < 40; ++id) {
    decide(0, claim(id, seen(id), hours(0)));
  }
  move();
  store_.fail_reads("", Error{ErrorKind::kUnavailable, "no disk"});
  ClaimBlock block{.partition = PartitionId(1), .claims = {}};
  block.claims.push_back(claim(1, seen(100), hours(0)));
  block.claims.push_back(claim(2, seen(1), hours(0)));
  EXPECT_FALSE(judge_->judge(block).has_value());
  store_.fail_reads("", std::nullopt);
  EXPECT_THAT(judge_->judge(block).value().decided,
              ElementsAre(DecidedOffset{Offset(1), Verdict::kUnique},
                          DecidedOffset{Offset(2), Verdict::kDuplicate}));
}

TEST_F(ClaimJudgeTest, RefusesAPartitionThatThereIsNot) {
  EXPECT_EQ(judge_->judge({.partition = PartitionId(2), .claims = {}}).error().kind,
            ErrorKind::kCorrupt);
  EXPECT_EQ(judge_->settle(mark(2, 0, hours(0))).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace hapax
