#include "collector/skew.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace hapax {
namespace {

constexpr std::int64_t kNow = 1'795'473'637'000'000;
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr Microseconds kAheadLimit = std::chrono::minutes(10);

std::pair<std::int64_t, bool> correct(std::optional<std::int64_t> original,
                                      std::optional<std::int64_t> sent,
                                      std::int64_t received = kNow) {
  DeviceTimes times;
  if (original) {
    times.original_timestamp = event_time_from_micros(*original);
  }
  if (sent) {
    times.sent_at = event_time_from_micros(*sent);
  }
  const auto corrected = correct_skew(times, processing_time_from_micros(received), kAheadLimit);
  return {to_micros(corrected.event_time), corrected.clock_ahead};
}

TEST(SkewTest, TakesTheErrorOfTheDeviceClockOut) {
  constexpr std::int64_t kHour = 3'600'000'000;
  for (const std::int64_t error : {-kHour, std::int64_t{0}, kHour, 1000 * kHour}) {
    EXPECT_EQ(correct(kNow - 5'000'000 + error, kNow + error), std::pair(kNow - 5'000'000, false));
  }
}

TEST(SkewTest, KeepsWhatItCannotCorrect) {
  EXPECT_EQ(correct(kNow - 7, std::nullopt), std::pair(kNow - 7, false));
  EXPECT_EQ(correct(std::nullopt, kNow - 7), std::pair(kNow, false));
  EXPECT_EQ(correct(std::nullopt, std::nullopt), std::pair(kNow, false));
}

TEST(SkewTest, ClampsOnlyMoreThanTheLimitAhead) {
  const std::int64_t limit = kAheadLimit.count();
  EXPECT_EQ(correct(kNow + limit, std::nullopt), std::pair(kNow + limit, false));
  EXPECT_EQ(correct(kNow + limit + 1, std::nullopt), std::pair(kNow, true));
  EXPECT_EQ(correct(kNow + limit + 1, kNow), std::pair(kNow, true));
}

TEST(SkewTest, CountsTimesBeforeTheEpochLikeAnyOther) {
  for (const std::int64_t time : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, kMin + 1}) {
    EXPECT_EQ(correct(time, std::nullopt), std::pair(time, false));
    EXPECT_EQ(correct(time, time), std::pair(kNow, false));
  }
}

TEST(SkewTest, SaturatesInsteadOfOverflowing) {
  EXPECT_EQ(correct(kMin, kMax), std::pair(kMin, false));
  EXPECT_EQ(correct(kMax, kMin), std::pair(kNow, true));
  EXPECT_EQ(correct(kMin, kNow, -kNow), std::pair(kMin, false));
  EXPECT_EQ(correct(kMax, std::nullopt, kMax), std::pair(kMax, false));
}

}  // namespace
}  // namespace hapax
