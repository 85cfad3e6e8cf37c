#include "core/timestamp.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace hapax {
namespace {

std::optional<std::int64_t> micros(std::string_view text) {
  const auto time = parse_timestamp(text);
  return time ? std::optional(to_micros(*time)) : std::nullopt;
}

// 2026-11-23T22:40:37Z, by `date -u -d ... +%s`.
constexpr std::int64_t kSecond = 1'795'473'637'000'000;

TEST(TimestampTest, ReadsWhatSdksWrite) {
  EXPECT_EQ(micros("2026-11-23T22:40:37.979Z"), kSecond + 979'000);
  EXPECT_EQ(micros("2026-11-23T22:40:37.979123+00:00"), kSecond + 979'123);
  EXPECT_EQ(micros("2026-11-23T23:40:37.979123456+01:00"), kSecond + 979'123);
  EXPECT_EQ(micros("2026-11-23T17:10:37-05:30"), kSecond);
  EXPECT_EQ(micros("2026-11-23T22:40:37Z"), kSecond);
  EXPECT_EQ(micros("2026-11-23T22:40:37"), kSecond);
  EXPECT_EQ(micros("2026-11-23 22:40:37.5"), kSecond + 500'000);
  EXPECT_EQ(micros("2026-11-23t22:40:37,5z"), kSecond + 500'000);
  EXPECT_EQ(micros("2026-11-24T00:40:37+0200"), kSecond);
  EXPECT_EQ(micros("2026-11-24T00:40:37+02"), kSecond);
  EXPECT_EQ(micros("2026-11-23T22:40Z"), kSecond - 37'000'000);
  EXPECT_EQ(micros("2026-11-23"), kSecond - (22 * 3600 + 40 * 60 + 37) * 1'000'000LL);
}

TEST(TimestampTest, ReadsMillisecondsAsNumberAndAsString) {
  EXPECT_EQ(micros("1795473637979"), kSecond + 979'000);
  EXPECT_EQ(micros("1795473637979.5"), kSecond + 979'500);
  EXPECT_EQ(micros("0"), 0);
  EXPECT_EQ(micros("1.5e3"), 1'500'000);
  EXPECT_EQ(micros("-0"), 0);
}

TEST(TimestampTest, ReadsEveryNumberOfFractionDigits) {
  const std::string digits = "123456789";
  std::int64_t expected = 0;
  std::int64_t unit = 100'000;
  for (std::size_t count = 1; count <= 9; ++count) {
    expected += count <= 6 ? (digits[count - 1] - '0') * unit : 0;
    unit /= 10;
    EXPECT_EQ(micros("1970-01-01T00:00:00." + digits.substr(0, count) + "Z"), expected);
  }
  EXPECT_EQ(micros("1970-01-01T00:00:00.1234567890Z"), std::nullopt);
  EXPECT_EQ(micros("1970-01-01T00:00:00.Z"), std::nullopt);
}

// Truncation toward zero would put these into the wrong minute.
TEST(TimestampTest, RoundsDownBeforeTheEpochToo) {
  EXPECT_EQ(micros("1969-12-31T23:59:59.999999999Z"), -1);
  EXPECT_EQ(micros("1969-12-31T23:59:59.9999990Z"), -1);
  EXPECT_EQ(micros("1969-12-31T23:59:59Z"), -1'000'000);
  EXPECT_EQ(micros("-1"), -1'000);
  EXPECT_EQ(micros("-0.001"), -1);
  EXPECT_EQ(micros("-0.0001"), -1);
  EXPECT_EQ(micros("-0.0011"), -2);
  EXPECT_EQ(micros("-1.5"), -1'500);
  EXPECT_EQ(micros("0.0009"), 0);
  EXPECT_EQ(micros("-1.5e0"), -1'500);
}

TEST(TimestampTest, ReachesTheEndsOfEventTimeAndNotBeyond) {
  EXPECT_EQ(micros("9223372036854775.807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(micros("9223372036854775.808"), std::nullopt);
  EXPECT_EQ(micros("-9223372036854775.808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(micros("-9223372036854775.807"), std::numeric_limits<std::int64_t>::min() + 1);
  EXPECT_EQ(micros("-9223372036854775.8081"), std::nullopt);
  EXPECT_EQ(micros("9223372036854775807"), std::nullopt);
  EXPECT_EQ(micros("-9223372036854775808"), std::nullopt);
  EXPECT_EQ(micros(std::string(400, '9')), std::nullopt);
  EXPECT_EQ(micros("1e400"), std::nullopt);
  EXPECT_EQ(micros("-1e18"), std::nullopt);
}

TEST(TimestampTest, ReadsYearsFarAway) {
  EXPECT_EQ(micros("0000-01-01T00:00:00Z"), -62'167'219'200'000'000);
  EXPECT_EQ(micros("9999-12-31T23:59:59.999999Z"), 253'402'300'799'999'999);
  // The ends of ECMAScript's time, 100 million days from 1970.
  EXPECT_EQ(micros("+275760-09-13T00:00:00.000Z"), 8'640'000'000'000'000'000);
  EXPECT_EQ(micros("-271821-04-20T00:00:00.000Z"), -8'640'000'000'000'000'000);
  EXPECT_EQ(micros("+999999-01-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(micros("-999999-01-01T00:00:00Z"), std::nullopt);
}

TEST(TimestampTest, KnowsTheCalendar) {
  EXPECT_TRUE(micros("2024-02-29"));
  EXPECT_TRUE(micros("2000-02-29"));
  EXPECT_FALSE(micros("2023-02-29"));
  EXPECT_FALSE(micros("1900-02-29"));
  EXPECT_FALSE(micros("2023-04-31"));
  EXPECT_EQ(micros("2016-12-31T23:59:60Z"), micros("2017-01-01T00:00:00Z"));
}

TEST(TimestampTest, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "yesterday",
                           "2026",
                           "2026-11",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-11-00",
                           "2026-11-23T",
                           "2026-11-23T24:00:00Z",
                           "2026-11-23T22:60:00Z",
                           "2026-11-23T22:40:61Z",
                           "2026-11-23T22:40:37+24:00",
                           "2026-11-23T22:40:37+01:60",
                           "2026-11-23T22:40:37Zjunk",
                           "2026-11-23T22:40:37 Z",
                           "2026-11-23X22:40:37Z",
                           "26-11-23",
                           "1.",
                           "1..2",
                           "1.2.3",
                           "-",
                           "--1",
                           "1e",
                           "e5",
                           "0x10",
                           "2026-11-23T22:40:37.-5Z",
                           "+2026-11-23"}) {
    if (std::string_view(text) != "2026") {  // Milliseconds.
      EXPECT_EQ(micros(text), std::nullopt) << text;
    }
  }
}

TEST(TimestampTest, SurvivesAnyBytes) {
  constexpr std::string_view kAlphabet = "0123456789-+:.,TZ eE";
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    std::string text = i % 2 == 0 ? "2026-11-23T22:40:37.979Z" : "";
    for (std::size_t edits = random() % 12; edits > 0; --edits) {
      const char character = kAlphabet[random() % kAlphabet.size()];
      text.insert(random() % (text.size() + 1), 1, character);
    }
    (void)parse_timestamp(text);
  }
}

TEST(TimestampTest, ShowsTimesOfAllYears) {
  EXPECT_EQ(to_iso8601(EventTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(event_time_from_micros(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_iso8601(event_time_from_micros(1'795'560'037'979'000)), "2026-11-24T22:40:37.979Z");
  EXPECT_EQ(to_iso8601(*parse_timestamp("-100000-01-01")), "-100000-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(*parse_timestamp("+010000-02-29")), "+010000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(*parse_timestamp("0000-03-01")), "0000-03-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(EventTime::min()), "-290308-12-21T19:59:05.224192Z");
  EXPECT_EQ(to_iso8601(EventTime::max()), "+294247-01-10T04:00:54.775807Z");
}

TEST(TimestampTest, ReadsBackWhatItShows) {
  std::mt19937_64 random(22);
  for (int i = 0; i < 10'000; ++i) {
    // All magnitudes, so that near years come up as well as far ones.
    const auto micros = static_cast<std::int64_t>(random()) >> random() % 64;
    const auto time = event_time_from_micros(micros);
    ASSERT_EQ(parse_timestamp(to_iso8601(time)), time) << micros;
  }
}

}  // namespace
}  // namespace hapax
