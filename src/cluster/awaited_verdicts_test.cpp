// SPDX-License-Identifier: Apache-2.0
#include "cluster/awaited_verdicts.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hapax {
namespace {

VerdictBlock block(std::vector<DecidedOffset> decided) {
  return {.partition = PartitionId(0), .decided = std::move(decided)};
}

TEST(AwaitedVerdictsTest, TheFirstThatWasSaidHoldsAndAnotherIsAnAlarm) {
  AwaitedVerdicts awaited;
  awaited.tell(Offset(10), block({{Offset(1), Verdict::kUnique}}));
  awaited.tell(Offset(11), block({{Offset(1), Verdict::kUnique}}));
  EXPECT_EQ(awaited.contradictions(), 0U);
  awaited.tell(Offset(12), block({{Offset(1), Verdict::kDuplicate}}));
  EXPECT_EQ(awaited.of(Offset(1)), Verdict::kUnique);
  EXPECT_EQ(awaited.contradictions(), 1U);
}

TEST(AwaitedVerdictsTest, SaysFromWhereAllThatIsStillNeededIsFound) {
  AwaitedVerdicts awaited;
  awaited.tell(Offset(10), block({{Offset(5), Verdict::kUnique}, {Offset(2), Verdict::kUnique}}));
  awaited.tell(Offset(11), block({{Offset(3), Verdict::kUnique}}));
  EXPECT_EQ(awaited.needed_from(Offset(3), Offset(12)), Offset(10));
  EXPECT_EQ(awaited.needed_from(Offset(6), Offset(12)), Offset(12));
}

TEST(AwaitedVerdictsTest, EventsMayBeFarApart) {
  AwaitedVerdicts awaited;
  const std::vector<std::uint64_t> events{0, 511, 512, 5'000, 1'000'000'000'000};
  for (std::size_t i = 0; i < events.size(); ++i) {
    awaited.tell(Offset(10 + i), block({{Offset(events[i]), Verdict::kUnique}}));
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    awaited.forget_below(Offset(events[i]));
    EXPECT_EQ(awaited.of(Offset(events[i])), Verdict::kUnique);
    EXPECT_EQ(awaited.of(Offset(events[i] + 1)),
              events[i] == 511 ? std::optional(Verdict::kUnique) : std::nullopt);
    EXPECT_EQ(awaited.needed_from(Offset(events[i]), Offset(100)), Offset(10 + i));
  }
}

TEST(AwaitedVerdictsTest, ForgetsWhatIsCountedAndTakesNoneOfItAgain) {
  AwaitedVerdicts awaited;
  awaited.tell(Offset(1), block({{Offset(1), Verdict::kUnique}, {Offset(2), Verdict::kUnique}}));
  awaited.forget_below(Offset(2));
  awaited.tell(Offset(2), block({{Offset(1), Verdict::kDuplicate}}));
  EXPECT_EQ(awaited.of(Offset(1)), std::nullopt);
  EXPECT_EQ(awaited.of(Offset(2)), Verdict::kUnique);
  EXPECT_EQ(awaited.contradictions(), 0U);
}

}  // namespace
}  // namespace hapax
