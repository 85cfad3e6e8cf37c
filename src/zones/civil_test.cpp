// SPDX-License-Identifier: Apache-2.0
#include "zones/civil.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(CivilTest, DaysAndDatesAreTheSameOfAnyYear) {
  const std::pair<CivilDay, CivilDate> cases[] = {{0, {1970, 1, 1}},
                                                  {-1, {1969, 12, 31}},
                                                  {11'016, {2000, 2, 29}},
                                                  {-719'528, {0, 1, 1}},
                                                  {-719'529, {-1, 12, 31}},
                                                  {106'751'991, {294'247, 1, 10}},
                                                  {-106'751'992, {-290'308, 12, 21}}};
  for (const auto& [day, date] : cases) {
    EXPECT_EQ(to_civil_date(day), date) << day;
    EXPECT_EQ(to_civil_day(date), day) << day;
  }
}

TEST(CivilTest, FollowsTheCalendarDayByDay) {
  CivilDate before = to_civil_date(-1'000'000);
  for (CivilDay day = -999'999; day < 1'000'000; day += 1) {
    const CivilDate date = to_civil_date(day);
    const bool same_month = date.month == before.month && date.year == before.year;
    ASSERT_EQ(date.day, same_month ? before.day + 1 : 1) << day;
    ASSERT_EQ(to_civil_day(date), day);
    before = date;
  }
}

TEST(CivilTest, KnowsTheDayOfTheWeek) {
  EXPECT_EQ(civil_weekday(0), 4U);
  EXPECT_EQ(civil_weekday(3), 0U);
  EXPECT_EQ(civil_weekday(-1), 3U);
  EXPECT_EQ(civil_weekday(-5), 6U);
}

}  // namespace
}  // namespace hapax
