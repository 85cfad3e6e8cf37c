// SPDX-License-Identifier: Apache-2.0
#include "zones/time_zone.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <string>

#include "core/timestamp.hpp"
#include "zones/zone_data.hpp"

namespace hapax {
namespace {

constexpr std::int64_t kDay = 86'400;

std::int64_t second(std::string_view text) {
  return to_micros(parse_timestamp(text).value()) / 1'000'000;
}

TimeZone zone(std::string_view name) {
  return TimeZone::find(name).value();
}

/// The C library's reading of the same files, with code of its own.
class LibraryZone {
 public:
  explicit LibraryZone(std::string_view name) {
    setenv("TZ", (":" HAPAX_ZONEINFO "/" + std::string(name)).c_str(), 1);
    tzset();
  }
  ~LibraryZone() {
    unsetenv("TZ");
    tzset();
  }
  std::int64_t offset_at(std::int64_t second) const {
    const auto time = static_cast<std::time_t>(second);
    std::tm local{};
    localtime_r(&time, &local);
    return local.tm_gmtoff;
  }
};

bool is_built_of_the_files_there() {
  std::ifstream file(HAPAX_ZONEINFO "/tzdata.zi");
  std::string line;
  std::getline(file, line);
  return line == "# version " + std::string(tzdata_version());
}

/// Compares both sides of each transition, and a point in every `step` seconds.
void expect_same_offsets(std::string_view name, std::int64_t from, std::int64_t to,
                         std::int64_t step) {
  const TimeZone ours = zone(name);
  const LibraryZone theirs(name);
  ZoneSpan span = ours.span_at(from);
  for (;; span = ours.span_at(span.end)) {
    ASSERT_EQ(theirs.offset_at(std::max(span.begin, from)), span.offset) << name << span.begin;
    ASSERT_EQ(theirs.offset_at(std::min(span.end - 1, to)), span.offset) << name << span.end;
    for (std::int64_t at = std::max(span.begin, from); at < std::min(span.end, to); at += step) {
      ASSERT_EQ(theirs.offset_at(at), span.offset) << name << ' ' << at;
    }
    if (span.end >= to) {
      break;
    }
  }
}

void expect_all_zones_same(std::string_view from, std::string_view to, std::int64_t step) {
  if (!is_built_of_the_files_there()) {
    GTEST_SKIP() << "tzdata was upgraded since the build";
  }
  std::set<std::string_view> seen;
  for (const std::string_view name : zone_names()) {
    if (seen.insert(find_zone_data(name).value()).second) {
      expect_same_offsets(name, second(from), second(to), step);
    }
  }
  EXPECT_GT(seen.size(), 300U);
}

TEST(TimeZoneTest, EveryTransitionOfEveryZoneIsTheCLibrarys) {
  expect_all_zones_same("2000-01-01", "2036-01-01", 5 * kDay);
}

TEST(TimeZoneSoakTest, EveryHourOfEveryZoneIsTheCLibrarys) {
  expect_all_zones_same("1890-01-01", "2110-01-01", 3600);
}

TEST(TimeZoneTest, SaysOfWhichReleaseItsRulesAre) {
  EXPECT_TRUE(is_built_of_the_files_there() || !tzdata_version().empty());
  EXPECT_EQ(tzdata_version().size(), 5U) << tzdata_version();  // As 2025b.
}

TEST(TimeZoneTest, KnowsZonesAndLinksAndSuggestsTheNearest) {
  EXPECT_EQ(zone("Asia/Calcutta").span_at(0).offset, zone("Asia/Kolkata").span_at(0).offset);
  EXPECT_EQ(zone("Asia/Calcutta").name(), "Asia/Calcutta");
  const auto unknown = TimeZone::find("Europe/Berln");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().text(),
            "there is no time zone \"Europe/Berln\"; did you mean \"Europe/Berlin\"?");
  for (const char* name : {"", "Factory", "localtime", "posix/Europe/Berlin", "../zoneinfo/UTC"}) {
    EXPECT_FALSE(TimeZone::find(name)) << name;
  }
}

TEST(TimeZoneTest, FollowsTheFooterBehindTheLastTransition) {
  EXPECT_EQ(zone("Europe/Berlin").span_at(second("2500-07-01")).offset, 7200);
  EXPECT_EQ(zone("Europe/Berlin").span_at(second("2500-01-01")).offset, 3600);
  EXPECT_EQ(zone("Europe/Berlin").span_at(9'000'000'000'000).end - 9'000'000'000'000 < 366 * kDay,
            true);
  EXPECT_EQ(zone("Asia/Kathmandu").span_at(second("2500-07-01")).offset, 20'700);
}

TEST(TimeZoneTest, ReachesAMidnightThatDoesNotExistWithTheChange) {
  // Beirut went from 24:00 to 01:00.
  EXPECT_EQ(zone("Asia/Beirut").first_reach(second("2020-03-29T00:00:00Z")),
            second("2020-03-28T22:00:00Z"));
  EXPECT_EQ(zone("Asia/Beirut").first_reach(second("2020-03-29T01:00:00Z")),
            second("2020-03-28T22:00:00Z"));
}

TEST(TimeZoneTest, ReachesAMidnightThatComesTwiceAtItsFirst) {
  // St John's went from 00:01 back to 23:01 of the day before.
  EXPECT_EQ(zone("America/St_Johns").first_reach(second("2008-11-02T00:00:00Z")),
            second("2008-11-02T02:30:00Z"));
  EXPECT_EQ(zone("America/St_Johns").first_reach(second("2008-11-02T00:02:00Z")),
            second("2008-11-02T03:32:00Z"));
}

TEST(TimeZoneTest, ReachesADayThatDoesNotExistWithTheNextOne) {
  EXPECT_EQ(zone("Pacific/Apia").first_reach(second("2011-12-30T00:00:00Z")),
            second("2011-12-30T10:00:00Z"));
  EXPECT_EQ(zone("Pacific/Apia").first_reach(second("2011-12-31T00:00:00Z")),
            second("2011-12-30T10:00:00Z"));
}

}  // namespace
}  // namespace hapax
