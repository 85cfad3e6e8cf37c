// SPDX-License-Identifier: Apache-2.0
#include "core/timestamp.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <limits>
#include <random>
#include <tuple>

namespace hapax {
namespace {

std::optional<std::int64_t> micros(std::string_view text) {
  const auto time = parse_timestamp(text);
  return time ? std::optional(to_micros(*time)) : std::nullopt;
}

void append_utf8(std::uint32_t code, std::string& to) {
  constexpr std::uint32_t kLeads[] = {0, 0xC0, 0xE0, 0xF0};
  const int continuations = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  to += static_cast<char>(kLeads[continuations] | code >> (6 * continuations));
  for (int i = continuations - 1; i >= 0; --i) {
    to += static_cast<char>(0x80U | (code >> (6 * i) & 0x3FU));
  }
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

// An offset of zero, written otherwise, is read another way than the usual shape.
std::optional<Timestamp> read_unusually(std::string text) {
  return read_timestamp(text.replace(text.size() - 1, 1, text.back() == 'Z' ? "+00:00" : "+"));
}

TEST(TimestampTest, TheUsualShapeSaysWhatItSaysInAnother) {
  std::mt19937_64 random(1);
  const auto text_of = [&](const char* format, auto... parts) {
    char text[64];
    std::snprintf(text, sizeof(text), format, parts...);
    return std::string(text);
  };
  for (int i = 0; i < 50'000; ++i) {
    const auto below = [&](unsigned end) { return static_cast<unsigned>(random() % end); };
    std::string text = text_of("%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", below(10'000), below(14),
                               below(33), below(26), below(62), below(62), below(1'000));
    EXPECT_EQ(read_timestamp(text), read_unusually(text)) << text;
    text[below(23)] = static_cast<char>(below(256));
    EXPECT_EQ(read_timestamp(text), read_unusually(text)) << text;
  }
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
  EXPECT_EQ(micros("253402300799999.999"), 253'402'300'799'999'999);
  EXPECT_EQ(micros("253402300800000"), std::nullopt);
  EXPECT_EQ(micros("2.534023008e14"), std::nullopt);
  EXPECT_EQ(micros("-9223372036854775.808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(micros("-9223372036854775.807"), std::numeric_limits<std::int64_t>::min() + 1);
  EXPECT_EQ(micros("-9223372036854775.8081"), std::nullopt);
  EXPECT_EQ(micros("9223372036854775807"), 9'223'372'036'854'775);
  EXPECT_EQ(micros("9223372036854775808"), std::nullopt);
  EXPECT_EQ(micros("-9223372036854775808"), std::nullopt);
  EXPECT_EQ(micros(std::string(400, '9')), std::nullopt);
  EXPECT_EQ(micros("1e400"), std::nullopt);
  EXPECT_EQ(micros("-1e18"), std::nullopt);
}

TEST(TimestampTest, ReadsYearsFarAway) {
  EXPECT_EQ(micros("0000-01-01T00:00:00Z"), -62'167'219'200'000'000);
  EXPECT_EQ(micros("9999-12-31T23:59:59.999999Z"), 253'402'300'799'999'999);
  EXPECT_EQ(micros("+009999-12-31T23:59:59.999999Z"), 253'402'300'799'999'999);
  EXPECT_EQ(micros("+010000-01-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(micros("10013-11-26T00:00:00Z"), std::nullopt);
  EXPECT_EQ(micros("9999-12-31T23:59:59-00:01"), std::nullopt);
  // The ends of ECMAScript's time, 100 million days from 1970.
  EXPECT_EQ(micros("+275760-09-13T00:00:00.000Z"), std::nullopt);
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
                           "2026-11-23T24:00:01Z",
                           "2026-11-23T24:00:00.1Z",
                           "2026-11-23T24:01Z",
                           "2026-11-23T25:00:00Z",
                           "2026-11-23T24:00:00 AMZ",
                           "2026-11-23T13:00:00 AMZ",
                           "2026-11-23T3:33:07Z",
                           "2026-11-23T3:33:07 XMZ",
                           "2026-11-23T3:33:07 PZ",
                           "2026-11-23T003:33:07 PMZ",
                           "2026-11-23T22:40:37 pm am",
                           "2026\u033611-23",
                           "\xd9",
                           "\xff",
                           "\xe2\x80\xaf",
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

struct Case {
  const char* text;
  std::int64_t micros;
};

// 2026-11-26T00:00:00Z, by `date -u -d ... +%s`.
constexpr std::int64_t kDay = 1'795'651'200'000'000;

constexpr std::int64_t clock(int hours, int minutes, int seconds) {
  return ((hours * 60 + minutes) * 60 + seconds) * 1'000'000LL;
}

TEST(TimestampTest, ReadsAClockOfTwelveHours) {
  const Case cases[] = {
      {"2026-11-26T3:33:07 PMZ", kDay + clock(15, 33, 7)},
      {"2026-11-26T3:33:07PMZ", kDay + clock(15, 33, 7)},
      {"2026-11-26T03:33:07 pmZ", kDay + clock(15, 33, 7)},
      {"2026-11-26T3:33:07 AMZ", kDay + clock(3, 33, 7)},
      {"2026-11-26T3:33:07\u202fPMZ", kDay + clock(15, 33, 7)},
      {"2026-11-26T3:33:07\u00a0pm+01:00", kDay + clock(14, 33, 7)},
      {"2026-11-26 3:33 PM", kDay + clock(15, 33, 0)},
      {"2026-11-26T3:33:07.250 PMZ", kDay + clock(15, 33, 7) + 250'000},
      {"2026-11-26T12:00:00 AMZ", kDay},
      {"2026-11-26T12:00:00 PMZ", kDay + clock(12, 0, 0)},
      {"2026-11-26T11:59:59 PMZ", kDay + clock(23, 59, 59)},
      {"2026-11-26T0:15:00 PMZ", kDay + clock(12, 15, 0)},
      {"2026-11-26T15:33:07 PMZ", kDay + clock(15, 33, 7)},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(micros(text), expected) << text;
  }
}

TEST(TimestampTest, ReadsMidnightAtTheEndOfTheDay) {
  EXPECT_EQ(micros("2026-11-25T24:00:00Z"), kDay);
  EXPECT_EQ(micros("2026-11-25T24:00:00.000+00:00"), kDay);
  EXPECT_EQ(micros("2026-11-25T24:00"), kDay);
  EXPECT_EQ(micros("2026-12-31T24:00:00Z"), micros("2027-01-01T00:00:00Z"));
}

TEST(TimestampTest, ReadsTheDigitsOfAnyScript) {
  const char* texts[] = {
      "\u0662\u0660\u0662\u0666-\u0661\u0661-\u0662\u0666T\u0661\u0665:\u0663\u0663:\u0660\u0667Z",
      ("\u06f2\u06f0\u06f2\u06f6-\u06f1\u06f1-\u06f2\u06f6T\u06f1\u06f5:\u06f3\u06f3:\u06f0\u06f7."
       "\u06f0Z"),
      "\u0968\u0966\u0968\u096c-\u0967\u0967-\u0968\u096cT\u0967\u096b:\u0969\u0969:\u0966\u096dZ",
      "\u09e8\u09e6\u09e8\u09ec-\u09e7\u09e7-\u09e8\u09ecT\u09e7\u09eb:\u09e9\u09e9:\u09e6\u09edZ",
      "\uff12\uff10\uff12\uff16-\uff11\uff11-\uff12\uff16T\uff11\uff15:\uff13\uff13:\uff10\uff17Z",
      "\u0e52\u0e50\u0e52\u0e56-11-26T3:33:07 PMZ",
      "\U0001e952\U0001e950\U0001e952\U0001e956-11-26T15:33:07Z",
      "\u0661\u0667\u0669\u0665\u0667\u0660\u0667\u0661\u0668\u0667\u0660\u0660\u0660",
  };
  for (const char* text : texts) {
    EXPECT_EQ(micros(text), kDay + clock(15, 33, 7)) << text;
  }
  for (const std::uint32_t zero : {0x0660U, 0xABF0U, 0x1D7CEU, 0x1D7F6U, 0x1FBF0U}) {
    std::string year;
    for (const std::uint32_t digit : {2U, 0U, 2U, 6U}) {
      append_utf8(zero + digit, year);
    }
    EXPECT_EQ(micros(year + "-11-26"), kDay) << std::hex << zero;
  }
}

TEST(TimestampTest, TellsWhatANumberCountsByItsSize) {
  const std::tuple<const char*, std::int64_t, bool> cases[] = {
      {"1764151200", 1'764'151'200'000'000, true},
      {"1764151200.1234567", 1'764'151'200'123'456, true},
      {"1.7641512e9", 1'764'151'200'000'000, true},
      {"978307200", 978'307'200'000'000, true},  // 2001
      {"978307199", 978'307'199'000, false},     // 1970
      {"9999999999", 9'999'999'999'000'000, true},
      {"10000000000", 10'000'000'000'000, false},  // 1970
      {"999999999999", 999'999'999'999'000, false},
      {"1764151200123", 1'764'151'200'123'000, false},
      {"1.764151200123e12", 1'764'151'200'123'000, false},
      {"1764151200123456", 1'764'151'200'123'456, false},
      {"1764151200123456.9", 1'764'151'200'123'456, false},
      {"1764151200123456789", 1'764'151'200'123'456, false},
      {"1.7641512001234567e18", 1'764'151'200'123'456, false},
      {"0", 0, false},
      {"-1764151200", -1'764'151'200'000, false},
  };
  for (const auto& [text, expected, in_seconds] : cases) {
    const auto read = read_timestamp(text);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(to_micros(read->time), expected) << text;
    EXPECT_EQ(read->in_seconds, in_seconds) << text;
    EXPECT_TRUE(read->has_zone) << text;
  }
  EXPECT_FALSE(read_timestamp("17641512001234567"));
  EXPECT_FALSE(read_timestamp("176415120012345678"));
}

TEST(TimestampTest, SaysWhetherThereIsAZone) {
  for (const char* text : {"2026-11-26T15:33:07Z", "2026-11-26T15:33:07+02:00",
                           "2026-11-26T3:33:07 PM-05", "1764151200123"}) {
    EXPECT_TRUE(read_timestamp(text)->has_zone) << text;
  }
  for (const char* text : {"2026-11-26T15:33:07", "2026-11-26", "2026-11-26 3:33 PM"}) {
    EXPECT_FALSE(read_timestamp(text)->has_zone) << text;
  }
}

TEST(TimestampTest, LooksAtNoTextThatIsTooLong) {
  EXPECT_TRUE(read_timestamp("1764151200.5" + std::string(kTimestampBytesMax - 12, '0')));
  EXPECT_FALSE(read_timestamp("1764151200.5" + std::string(kTimestampBytesMax - 11, '0')));
}

TEST(TimestampTest, SurvivesAnyBytes) {
  constexpr std::string_view kAlphabet = "0123456789-+:.,TZ eEPMam\xd9\xa1\xe2\x80\xaf";
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    std::string text = i % 2 == 0 ? "2026-11-23T22:40:37.979Z" : "";
    for (std::size_t edits = random() % 12; edits > 0; --edits) {
      const char character = kAlphabet[random() % kAlphabet.size()];
      text.insert(random() % (text.size() + 1), 1, character);
    }
    if (const auto time = parse_timestamp(text)) {
      ASSERT_EQ(parse_timestamp(to_iso8601(*time)), time) << text;
    }
  }
}

TEST(TimestampTest, ShowsTimesOfAllYears) {
  EXPECT_EQ(to_iso8601(EventTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(event_time_from_micros(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_iso8601(event_time_from_micros(1'795'560'037'979'000)), "2026-11-24T22:40:37.979Z");
  EXPECT_EQ(to_iso8601(*parse_timestamp("-100000-01-01")), "-100000-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(event_time_from_micros(253'407'398'400'000'000)),
            "+010000-02-29T00:00:00.000Z");
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
    const bool is_readable = to_iso8601(time).front() != '+';
    ASSERT_EQ(parse_timestamp(to_iso8601(time)), is_readable ? std::optional(time) : std::nullopt)
        << micros;
  }
}

}  // namespace
}  // namespace hapax
