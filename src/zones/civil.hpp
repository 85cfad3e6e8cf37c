// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace hapax {

/// The quotient rounded down, also below zero; `by` is positive.
constexpr std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

/// Days since 1970-01-01 of the proleptic Gregorian calendar.
using CivilDay = std::int64_t;

/// A date of any year: those of <chrono> have years of 16 bits, and an EventTime reaches further.
struct CivilDate {
  std::int64_t year;
  unsigned month;  ///< 1 to 12.
  unsigned day;    ///< 1 to 31.

  friend bool operator==(const CivilDate&, const CivilDate&) = default;
};

// The calendar repeats itself every 400 years, so any day is one of the first cycle.
constexpr int kCycleYears = 400;
constexpr std::int64_t kCycleDays = 146'097;

constexpr CivilDate to_civil_date(CivilDay day) {
  const std::int64_t cycle = floor_div(day, kCycleDays);
  const std::chrono::year_month_day date(
      std::chrono::sys_days(std::chrono::days(static_cast<int>(day - cycle * kCycleDays))));
  return {.year = static_cast<int>(date.year()) + cycle * kCycleYears,
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day())};
}

/// `date.day` may be beyond the month's end, and is counted on.
constexpr CivilDay to_civil_day(CivilDate date) {
  const std::int64_t cycle = floor_div(date.year, kCycleYears);
  const std::chrono::year_month_day first(
      std::chrono::year(static_cast<int>(date.year - cycle * kCycleYears)),
      std::chrono::month(date.month), std::chrono::day(1));
  return std::chrono::sys_days(first).time_since_epoch().count() + cycle * kCycleDays +
         static_cast<std::int64_t>(date.day) - 1;
}

/// 0 for Sunday to 6 for Saturday.
constexpr unsigned civil_weekday(CivilDay day) {
  constexpr std::int64_t kThursday = 4;  // 1970-01-01.
  return static_cast<unsigned>(day + kThursday - floor_div(day + kThursday, 7) * 7);
}

}  // namespace hapax
