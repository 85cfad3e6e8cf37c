// SPDX-License-Identifier: Apache-2.0
#include "stream/window/window_assigner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>

#include "core/timestamp.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;

EventTime at(std::string_view text) {
  return parse_timestamp(text).value();
}
Window window(std::string_view start, std::string_view end) {
  return {at(start), at(end)};
}
Window micros(std::int64_t start, std::int64_t end) {
  return {event_time_from_micros(start), event_time_from_micros(end)};
}

std::vector<Window> windows_of(const WindowSpec& spec, EventTime time) {
  auto assigner = WindowAssigner::create(spec).value();
  const auto windows = assigner.windows_of(time);
  return {windows.begin(), windows.end()};
}

WindowSpec calendar(WindowKind kind, std::string zone) {
  WindowSpec spec;
  spec.kind = kind;
  spec.zone = std::move(zone);
  return spec;
}
Window day_of(std::string zone, std::string_view time) {
  return windows_of(calendar(WindowKind::kDay, std::move(zone)), at(time)).at(0);
}
Window week_of(std::chrono::weekday starts, std::string_view time) {
  WindowSpec spec = calendar(WindowKind::kWeek, "UTC");
  spec.week_starts = starts;
  return windows_of(spec, at(time)).at(0);
}

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kGreatest = std::numeric_limits<std::int64_t>::max();

TEST(WindowAssignerTest, WithoutWindowsAllTimesAreInOne) {
  for (const std::int64_t time : {kLeast, std::int64_t{0}, kGreatest}) {
    EXPECT_THAT(windows_of(WindowSpec(), event_time_from_micros(time)),
                ElementsAre(micros(kLeast, kGreatest)));
  }
}

TEST(WindowAssignerTest, TumblingWindowsAreAlignedAtTheEpochAlsoBeforeIt) {
  const WindowSpec spec = tumbling(Microseconds(10));
  const std::pair<std::int64_t, Window> cases[] = {
      {0, micros(0, 10)},
      {9, micros(0, 10)},
      {10, micros(10, 20)},
      {-1, micros(-10, 0)},
      {-10, micros(-10, 0)},
      {-11, micros(-20, -10)},
      {kLeast + 1, micros(kLeast, -9'223'372'036'854'775'800)},
      {kGreatest, micros(9'223'372'036'854'775'800, kGreatest)}};
  for (const auto& [time, expected] : cases) {
    EXPECT_THAT(windows_of(spec, event_time_from_micros(time)), ElementsAre(expected)) << time;
  }
}

TEST(WindowAssignerTest, AnEventIsInEachHoppingWindowThatHoldsIt) {
  const WindowSpec spec = hopping(Microseconds(30), Microseconds(10));
  const auto windows = [&](std::int64_t time) {
    return windows_of(spec, event_time_from_micros(time));
  };
  EXPECT_THAT(windows(0), ElementsAre(micros(-20, 10), micros(-10, 20), micros(0, 30)));
  EXPECT_THAT(windows(-1), ElementsAre(micros(-30, 0), micros(-20, 10), micros(-10, 20)));
  EXPECT_THAT(windows(kLeast), ElementsAre(micros(kLeast, kLeast + 8), micros(kLeast, kLeast + 18),
                                           micros(kLeast, kLeast + 28)));
  EXPECT_THAT(windows(kGreatest),
              ElementsAre(micros(kGreatest - 27, kGreatest), micros(kGreatest - 17, kGreatest),
                          micros(kGreatest - 7, kGreatest)));
}

TEST(WindowAssignerTest, DaysHave23And25HoursWhereTheClockChanges) {
  EXPECT_EQ(day_of("Europe/Berlin", "2024-03-31T12:00Z"),
            window("2024-03-30T23:00Z", "2024-03-31T22:00Z"));
  EXPECT_EQ(day_of("Europe/Berlin", "2024-10-27T00:30Z"),
            window("2024-10-26T22:00Z", "2024-10-27T23:00Z"));
  EXPECT_EQ(day_of("Europe/Berlin", "2024-10-27T01:30Z"),
            window("2024-10-26T22:00Z", "2024-10-27T23:00Z"));
  EXPECT_EQ(day_of("Asia/Kathmandu", "2024-06-01T18:15Z"),
            window("2024-06-01T18:15Z", "2024-06-02T18:15Z"));
  EXPECT_EQ(day_of("Asia/Kathmandu", "2024-06-01T18:14:59.999999Z"),
            window("2024-05-31T18:15Z", "2024-06-01T18:15Z"));
}

TEST(WindowAssignerTest, ADayWithoutMidnightBeginsWithTheChange) {
  EXPECT_EQ(day_of("Asia/Beirut", "2020-03-28T22:00Z"),
            window("2020-03-28T22:00Z", "2020-03-29T21:00Z"));
  EXPECT_EQ(day_of("Asia/Beirut", "2020-03-28T21:59:59Z"),
            window("2020-03-27T22:00Z", "2020-03-28T22:00Z"));
}

TEST(WindowAssignerTest, ADayWhoseMidnightComesTwiceBeginsWithTheFirst) {
  const Window second = window("2008-11-02T02:30Z", "2008-11-03T03:30Z");
  EXPECT_EQ(day_of("America/St_Johns", "2008-11-02T02:29:59Z"),
            window("2008-11-01T02:30Z", "2008-11-02T02:30Z"));
  // 00:00:30, then 23:01 to 23:59 of the day before for the second time, then 00:00:30 again.
  EXPECT_EQ(day_of("America/St_Johns", "2008-11-02T02:30:30Z"), second);
  EXPECT_EQ(day_of("America/St_Johns", "2008-11-02T03:00Z"), second);
  EXPECT_EQ(day_of("America/St_Johns", "2008-11-02T03:30:30Z"), second);
}

TEST(WindowAssignerTest, ADayThatDoesNotExistHasNoWindow) {
  EXPECT_EQ(day_of("Pacific/Apia", "2011-12-30T09:59:59Z"),
            window("2011-12-29T10:00Z", "2011-12-30T10:00Z"));
  EXPECT_EQ(day_of("Pacific/Apia", "2011-12-30T10:00Z"),
            window("2011-12-30T10:00Z", "2011-12-31T10:00Z"));
}

TEST(WindowAssignerTest, ADayThatComesTwiceIsOneDayOf48Hours) {
  // Kwajalein was set back by a day at the end of September 1969.
  EXPECT_EQ(day_of("Pacific/Kwajalein", "1969-10-01T06:00Z"),
            day_of("Pacific/Kwajalein", "1969-09-30T18:00Z"));
}

TEST(WindowAssignerTest, WeeksBeginOnTheirFirstDayAndGoOnOverTheYear) {
  // The 53rd ISO week of 2020 ends in 2021.
  const Window last = window("2020-12-28", "2021-01-04");
  EXPECT_EQ(week_of(std::chrono::Monday, "2020-12-28"), last);
  EXPECT_EQ(week_of(std::chrono::Monday, "2020-12-31T23:59Z"), last);
  EXPECT_EQ(week_of(std::chrono::Monday, "2021-01-03T23:59Z"), last);
  EXPECT_EQ(week_of(std::chrono::Monday, "2021-01-04"), window("2021-01-04", "2021-01-11"));
  EXPECT_EQ(week_of(std::chrono::Sunday, "2021-01-03"), window("2021-01-03", "2021-01-10"));
  EXPECT_EQ(week_of(std::chrono::Sunday, "2021-01-02"), window("2020-12-27", "2021-01-03"));
  EXPECT_EQ(week_of(std::chrono::Saturday, "1969-12-31"), window("1969-12-27", "1970-01-03"));
}

TEST(WindowAssignerTest, MonthsHaveTheirOwnLengthsAndTheChangeOfTheClock) {
  const auto month = [](std::string zone, std::string_view time) {
    return windows_of(calendar(WindowKind::kMonth, std::move(zone)), at(time)).at(0);
  };
  EXPECT_EQ(month("UTC", "2024-02-29T23:59Z"), window("2024-02-01", "2024-03-01"));
  EXPECT_EQ(month("UTC", "2023-12-31T23:59Z"), window("2023-12-01", "2024-01-01"));
  EXPECT_EQ(month("Europe/Berlin", "2024-03-31T22:00Z"),
            window("2024-03-31T22:00Z", "2024-04-30T22:00Z"));
  EXPECT_EQ(month("Europe/Berlin", "2024-03-31T21:59:59Z"),
            window("2024-02-29T23:00Z", "2024-03-31T22:00Z"));
  EXPECT_EQ(month("Asia/Tokyo", "1969-11-30T15:00Z"),
            window("1969-11-30T15:00Z", "1969-12-31T15:00Z"));
}

TEST(WindowAssignerTest, CalendarWindowsStopAtTheEndsOfTime) {
  for (const auto kind : {WindowKind::kDay, WindowKind::kWeek, WindowKind::kMonth}) {
    const WindowSpec spec = calendar(kind, "America/New_York");
    EXPECT_EQ(windows_of(spec, EventTime::min()).at(0).start, EventTime::min());
    EXPECT_GT(windows_of(spec, EventTime::min()).at(0).end, EventTime::min());
    EXPECT_EQ(windows_of(spec, EventTime::max()).at(0).end, EventTime::max());
    EXPECT_LT(windows_of(spec, EventTime::max()).at(0).start, EventTime::max());
  }
}

TEST(WindowAssignerTest, CalendarWindowsTileTheTimeWhateverWasAskedBefore) {
  std::mt19937_64 random(1);
  for (const char* zone : {"America/St_Johns", "Pacific/Apia", "Asia/Beirut", "Africa/Casablanca",
                           "Australia/Lord_Howe", "Asia/Manila", "America/Juneau"}) {
    for (const auto kind : {WindowKind::kDay, WindowKind::kWeek, WindowKind::kMonth}) {
      auto asked = WindowAssigner::create(calendar(kind, zone)).value();
      for (int i = 0; i < 300; ++i) {
        const auto time = event_time_from_micros(
            static_cast<std::int64_t>(random() % 8'000'000'000'000'000) - 5'000'000'000'000'000);
        const Window window = asked.windows_of(time)[0];
        ASSERT_LE(window.start, time);
        ASSERT_LT(time, window.end);
        for (const EventTime inside : {window.start, window.end - Microseconds(1)}) {
          ASSERT_EQ(windows_of(calendar(kind, zone), inside).at(0), window) << zone;
        }
        ASSERT_EQ(asked.windows_of(window.end)[0].start, window.end) << zone;
      }
    }
  }
}

TEST(WindowAssignerTest, RefusesWindowsThatContradictThemselves) {
  for (const WindowSpec& spec :
       {tumbling(Microseconds(0)), tumbling(Microseconds(-1)), hopping(hours(1), minutes(0)),
        hopping(hours(1), hours(2)), hopping(hours(1), minutes(25)),
        hopping(std::chrono::seconds(101), std::chrono::seconds(1)),
        calendar(WindowKind::kDay, "Mars/Base")}) {
    EXPECT_FALSE(WindowAssigner::create(spec));
  }
  EXPECT_TRUE(WindowAssigner::create(hopping(std::chrono::seconds(100), std::chrono::seconds(1))));
  WindowSpec sessions;
  sessions.session_gap = Microseconds(0);
  EXPECT_FALSE(WindowAssigner::create(sessions));
}

}  // namespace
}  // namespace hapax
