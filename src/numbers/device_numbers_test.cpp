// SPDX-License-Identifier: Apache-2.0
#include "numbers/device_numbers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "numbers/device_share.hpp"
#include "numbers/numbers_oracle.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using Random = std::mt19937_64;
using Arrivals = std::vector<NumberArrival>;

constexpr GapLimits kLimits{.missing_max = 20, .missing_per_arrived_max = 3};

DeviceNumbers numbers_of(const Arrivals& arrivals) {
  DeviceNumbers numbers;
  for (const NumberArrival& arrival : arrivals) {
    numbers.add(arrival);
  }
  return numbers;
}

DeviceNumbers came(std::initializer_list<std::pair<std::uint64_t, std::uint32_t>> arrivals) {
  DeviceNumbers numbers;
  for (const auto& [number, day] : arrivals) {
    numbers.add({.number = number, .day = day});
  }
  return numbers;
}

TEST(DeviceNumbersTest, NothingIsMissingOfNumbersThatCameInAnyOrder) {
  const DeviceNumbers numbers = came({{3, 5}, {1, 6}, {2, 7}});
  EXPECT_EQ(numbers.missing(), 0U);
  EXPECT_THAT(numbers.ranges(), ElementsAre(NumberRange{.first = 1, .last = 3, .day = 6}));
}

TEST(DeviceNumbersTest, WhatIsMissingIsOfTheDayOfTheLowestLaterOneThatCame) {
  DeviceNumbers numbers = came({{1, 10}, {5, 11}, {6, 12}, {9, 13}});
  EXPECT_EQ(numbers.missing(), 5U);
  EXPECT_THAT(DeviceShare::of(numbers, kLimits).days,
              ElementsAre(DeviceShare::DayGap{11, 3}, DeviceShare::DayGap{13, 2}));
  numbers.add({.number = 3, .day = 40});  // Late: 2 is missing since that day, as far as is known.
  EXPECT_THAT(DeviceShare::of(numbers, kLimits).days,
              ElementsAre(DeviceShare::DayGap{11, 1}, DeviceShare::DayGap{13, 2},
                          DeviceShare::DayGap{40, 1}));
}

TEST(DeviceNumbersTest, ALateArrivalClosesItsGapAfterAMonth) {
  DeviceNumbers numbers = came({{1, 10}, {3, 10}});
  EXPECT_EQ(numbers.missing(), 1U);
  numbers.add({.number = 2, .day = 41});
  EXPECT_EQ(numbers.missing(), 0U);
  EXPECT_EQ(numbers.last_day(), 41U);
}

TEST(DeviceNumbersTest, ARepetitionOnAnEarlierDayMovesTheGapBeforeIt) {
  DeviceNumbers numbers = came({{1, 9}, {4, 10}});
  const NumbersChange change = numbers.add({.number = 4, .day = 8});
  EXPECT_TRUE(change.any);
  EXPECT_EQ(numbers.ranges()[1].day, 8U);
  EXPECT_FALSE(numbers.add({.number = 4, .day = 9}).any);
  EXPECT_FALSE(numbers.add({.number = 1, .day = 9}).any);
}

TEST(DeviceNumbersTest, TheOpenTailIsWhatWasMadeAboveAllThatCame) {
  DeviceNumbers numbers;
  numbers.add({.number = 5, .made = 57, .day = 3});
  EXPECT_EQ(numbers.open_tail(), 52U);
  EXPECT_EQ(numbers.missing(), 4U);
  numbers.add({.number = 57, .made = 9, .day = 4});
  EXPECT_EQ(numbers.open_tail(), 0U);
  EXPECT_EQ(numbers.made(), 57U);
}

TEST(DeviceNumbersTest, BeyondTheGreatestNumberItIsUnnumberedForEver) {
  DeviceNumbers numbers = came({{kNumberMax, 3}});
  EXPECT_FALSE(numbers.is_unnumbered());
  EXPECT_EQ(numbers.missing(), kNumberMax - 1);
  numbers.add({.number = 1, .made = kNumberMax + 1, .day = 4});
  EXPECT_TRUE(numbers.is_unnumbered());
  numbers.add({.number = 2, .made = 2, .day = 5});
  EXPECT_TRUE(numbers.is_unnumbered());
  EXPECT_EQ(numbers.missing(), 0U);
  EXPECT_EQ(numbers.last_day(), 5U);
  EXPECT_TRUE(came({{std::uint64_t{1} << 33U, 3}}).is_unnumbered());
}

TEST(DeviceNumbersTest, TheGreatestStateIsAsLargeAsTheRuleAllows) {
  DeviceNumbers numbers;
  for (std::uint32_t number = kNumberMax; number > 0; number -= 2) {
    numbers.add({.number = number, .day = 20'000});
  }
  EXPECT_EQ(numbers.ranges().size(), kNumberMax / 2);
  EXPECT_LE(numbers.encode().size(), 12'304U) << "a small request may cost a read of it";
  EXPECT_EQ(DeviceNumbers::decode(numbers.encode()), numbers);
}

TEST(DeviceNumbersTest, WhatWasDroppedIsToldOnTheDayOnWhichItWasSaidFirst) {
  DroppedSteps dropped;
  EXPECT_TRUE(dropped.add(1, 10, 5));
  EXPECT_FALSE(dropped.add(1, 11, 5));
  EXPECT_TRUE(dropped.add(1, 12, 7));
  EXPECT_TRUE(dropped.add(1, 9, 5));  // Said earlier still: in place of that of day 10.
  EXPECT_THAT(dropped.steps(),
              ElementsAre(DroppedSteps::Step{1, 9, 5}, DroppedSteps::Step{1, 12, 7}));
  EXPECT_TRUE(dropped.add(1, 9, 9));
  EXPECT_THAT(dropped.steps(), ElementsAre(DroppedSteps::Step{1, 9, 9}));
}

TEST(DeviceNumbersTest, NoMoreWasDroppedThanIsNotHere) {
  DeviceNumbers numbers;
  numbers.add({.number = 1, .day = 2});
  numbers.add({.number = 4, .made = 5, .dropped = {5, 0, 3, 0, 0}, .day = 3});
  EXPECT_THAT(DeviceShare::of(numbers, {}).dropped, ElementsAre(DeviceShare::Dropped{3, 0, 3}));
  numbers.add({.number = 2, .day = 9});
  numbers.add({.number = 3, .day = 9});
  EXPECT_THAT(DeviceShare::of(numbers, {}).dropped, ElementsAre(DeviceShare::Dropped{3, 0, 1}));
}

TEST(DeviceNumbersTest, ADeviceIsBelievedUpToBothLimits) {
  EXPECT_TRUE(kLimits.believe(20, 7));
  EXPECT_FALSE(kLimits.believe(21, 100));
  EXPECT_TRUE(kLimits.believe(6, 2));
  EXPECT_FALSE(kLimits.believe(7, 2));
  EXPECT_TRUE(kLimits.believe(0, 0));
}

/// Of a few numbers, with repetitions, on days that go to and fro; some are beyond the rule.
Arrivals random_arrivals(Random& random) {
  const std::uint64_t numbers_max = 1 + random() % 40;
  const std::uint64_t days = 1 + random() % 5;
  const bool may_exceed = random() % 8 == 0;
  Arrivals arrivals(1 + random() % 60);
  for (NumberArrival& arrival : arrivals) {
    arrival.number = 1 + random() % numbers_max;
    arrival.made = random() % 3 == 0 ? random() % (2 * numbers_max) : 0;
    arrival.day = static_cast<std::uint32_t>(20'000 + random() % days);
    for (std::uint32_t& dropped : arrival.dropped) {
      dropped = random() % 4 == 0 ? static_cast<std::uint32_t>(random() % 6) : 0;
    }
    if (may_exceed && random() % 10 == 0) {
      (random() % 2 == 0 ? arrival.made : arrival.number) = kNumberMax + 1 + random() % 3;
    }
  }
  return arrivals;
}

void expect_equals_oracle(const DeviceNumbers& numbers, const NumbersOracle& oracle) {
  ASSERT_EQ(numbers.encode(), oracle.encode());
  ASSERT_EQ(numbers.is_unnumbered(), oracle.is_unnumbered());
  const DeviceShare share = DeviceShare::of(numbers, kLimits);
  const auto missing = oracle.missing_by_day();
  ASSERT_EQ(share.days.size(), missing.size());
  for (const DeviceShare::DayGap& gap : share.days) {
    ASSERT_EQ(gap.missing, missing.at(gap.day));
  }
  if (!numbers.is_unnumbered()) {
    ASSERT_EQ(numbers.arrived(), oracle.numbers().size());
    ASSERT_EQ(numbers.made(), oracle.made());
  }
}

/// Any order, any repetition, any division: the same state, byte for byte; and what an arrival says
/// that it changes is what it changes.
void check(std::uint64_t seed) {
  SCOPED_TRACE(seed);
  Random random(seed);
  Arrivals arrivals = random_arrivals(random);
  NumbersOracle oracle;
  DeviceNumbers straight;
  DeviceShare share;
  for (const NumberArrival& arrival : arrivals) {
    oracle.add(arrival);
    const DeviceNumbers before = straight;
    const NumbersChange change = straight.add(arrival);
    ASSERT_EQ(change.any, before != straight);
    share.follow(change, straight, kLimits);
    ASSERT_EQ(share, DeviceShare::of(straight, kLimits));
    ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(straight, oracle));
  }
  std::vector<DeviceNumbers> parts(1 + random() % 3);
  std::ranges::shuffle(arrivals, random);
  for (const NumberArrival& arrival : arrivals) {
    for (std::uint64_t times = 1 + random() % 2; times > 0; --times) {
      parts[random() % parts.size()].add(arrival);
    }
  }
  DeviceNumbers united;
  for (const DeviceNumbers& part : parts) {
    united.combine(part);
  }
  ASSERT_EQ(united, straight);
  ASSERT_EQ(united.encode(), straight.encode());
  ASSERT_EQ(DeviceNumbers::decode(united.encode()), straight);
}

TEST(DeviceNumbersTest, AreAFunctionOfTheSetOfArrivals) {
  for (int seed = 1; seed <= random_cases(3'000); ++seed) {
    ASSERT_NO_FATAL_FAILURE(check(seed));
  }
}

TEST(DeviceNumbersTest, DamagedBytesAreNotTaken) {
  Random random(7);
  for (int i = 0; i < 300; ++i) {
    const std::string encoded = numbers_of(random_arrivals(random)).encode();
    for (std::size_t size = 0; size < encoded.size(); ++size) {
      EXPECT_FALSE(DeviceNumbers::decode(encoded.substr(0, size)));
    }
    EXPECT_FALSE(DeviceNumbers::decode(encoded + '\0'));
    std::string damaged = encoded;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    if (const auto decoded = DeviceNumbers::decode(damaged)) {
      EXPECT_EQ(DeviceNumbers::decode(decoded->encode()), decoded);  // Another state, and sound.
    }
  }
}

}  // namespace
}  // namespace hapax
