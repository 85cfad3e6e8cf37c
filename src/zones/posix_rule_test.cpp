// SPDX-License-Identifier: Apache-2.0
#include "zones/posix_rule.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "core/timestamp.hpp"

namespace hapax {
namespace {

std::int64_t second(std::string_view text) {
  return to_micros(parse_timestamp(text).value()) / 1'000'000;
}

std::int64_t offset_at(std::string_view rule, std::string_view time) {
  return PosixRule::parse(rule).value().span_at(second(time)).offset;
}

TEST(PosixRuleTest, HasOneOffsetWithoutSummerTime) {
  const ZoneSpan span = PosixRule::parse("<+0545>-5:45").value().span_at(0);
  EXPECT_EQ(span.offset, 20'700);
  EXPECT_EQ(span.begin, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(span.end, std::numeric_limits<std::int64_t>::max());
}

TEST(PosixRuleTest, ChangesOnWeekdaysNorthAndSouth) {
  const std::string berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
  EXPECT_EQ(offset_at(berlin, "2044-03-27T00:59:59Z"), 3600);
  EXPECT_EQ(offset_at(berlin, "2044-03-27T01:00:00Z"), 7200);
  EXPECT_EQ(offset_at(berlin, "2044-10-30T00:59:59Z"), 7200);
  EXPECT_EQ(offset_at(berlin, "2044-10-30T01:00:00Z"), 3600);
  // The first of April is a Sunday.
  EXPECT_EQ(offset_at(berlin, "2040-03-25T00:59:59Z"), 3600);
  EXPECT_EQ(offset_at(berlin, "2040-03-25T01:00:00Z"), 7200);
  const std::string sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
  EXPECT_EQ(offset_at(sydney, "2044-01-01T00:00:00Z"), 39'600);
  EXPECT_EQ(offset_at(sydney, "2044-07-01T00:00:00Z"), 36'000);
}

TEST(PosixRuleTest, TakesHoursOutsideOfTheDayAndNegativeSummers) {
  // Nuuk changes at 22:00 of the day before the last Sunday of March.
  const std::string nuuk = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";
  EXPECT_EQ(offset_at(nuuk, "2044-03-27T00:59:59Z"), -7200);
  EXPECT_EQ(offset_at(nuuk, "2044-03-27T01:00:00Z"), -3600);
  const std::string gaza = "EET-2EEST,M3.4.4/50,M10.4.4/50";
  EXPECT_EQ(offset_at(gaza, "2044-03-25T23:59:59Z"), 7200);
  EXPECT_EQ(offset_at(gaza, "2044-03-26T00:00:00Z"), 10'800);
  // Irish time is the standard time, and winter the exception.
  const std::string dublin = "IST-1GMT0,M10.5.0,M3.5.0/1";
  EXPECT_EQ(offset_at(dublin, "2044-01-01T00:00:00Z"), 0);
  EXPECT_EQ(offset_at(dublin, "2044-07-01T00:00:00Z"), 3600);
}

TEST(PosixRuleTest, CountsDaysOfTheYearWithAndWithoutFebruary29) {
  const std::string julian = "AAA0BBB,J60/0,J300/0";
  EXPECT_EQ(offset_at(julian, "2044-02-29T23:59:59Z"), 0);
  EXPECT_EQ(offset_at(julian, "2044-03-01T00:00:00Z"), 3600);
  const std::string counted = "AAA0BBB,59/0,300/0";
  EXPECT_EQ(offset_at(counted, "2044-02-28T23:59:59Z"), 0);
  EXPECT_EQ(offset_at(counted, "2044-02-29T00:00:00Z"), 3600);
}

TEST(PosixRuleTest, CanHaveSummerAllYear) {
  const std::string always = "XXX3EDT4,0/0,J365/23";
  for (const char* time : {"2043-12-31T23:59:59Z", "2044-01-01T03:00:00Z", "2044-01-01T04:00:00Z",
                           "2044-07-01T00:00:00Z", "2044-12-31T23:00:00Z"}) {
    EXPECT_EQ(offset_at(always, time), -14'400) << time;
  }
}

TEST(PosixRuleTest, RefusesWhatIsNoRule) {
  for (const char* text : {"", "CET", "C-1", "<+05-5", "CET-1CEST", "CET-1CEST,M3.5.0",
                           "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
                           "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J1", "CET-1 ", "CET-25"}) {
    EXPECT_FALSE(PosixRule::parse(text)) << text;
  }
}

}  // namespace
}  // namespace hapax
