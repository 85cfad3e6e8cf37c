// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdint>
#include <cstdlib>

#include "core/timestamp.hpp"

namespace hapax {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerMilli = 1'000;
// Calendar dates of <chrono> hold years of 16 bits, so days outside the first 400-year cycle are
// those of the year in it that has the same calendar.
constexpr int kCycleYears = 400;
constexpr std::int64_t kCycleDays = 146'097;

// Quotient and remainder of a division that rounds down, also below zero.
struct Division {
  std::int64_t quotient;
  std::int64_t remainder;
};

Division divide_down(std::int64_t value, std::int64_t by) {
  const bool up = value % by < 0;
  return {value / by - (up ? 1 : 0), value % by + (up ? by : 0)};
}

void append_digits(std::int64_t value, int digits, std::string& to) {
  const std::size_t end = to.size() + static_cast<std::size_t>(digits);
  to.resize(end);
  for (std::size_t at = end; digits > 0; --digits, value /= 10) {
    to[--at] = static_cast<char>('0' + value % 10);
  }
}

void append_date(std::int64_t days_since_1970, std::string& to) {
  const Division cycle = divide_down(days_since_1970, kCycleDays);
  const std::chrono::year_month_day date(
      std::chrono::sys_days(std::chrono::days(static_cast<int>(cycle.remainder))));
  const std::int64_t year = static_cast<int>(date.year()) + cycle.quotient * kCycleYears;
  const bool expanded = year < 0 || year > 9999;
  if (expanded) {
    to += year < 0 ? '-' : '+';
  }
  append_digits(std::abs(year), expanded ? 6 : 4, to);
  to += '-';
  append_digits(static_cast<unsigned>(date.month()), 2, to);
  to += '-';
  append_digits(static_cast<unsigned>(date.day()), 2, to);
}

}  // namespace

void append_iso8601(EventTime time, std::string& to) {
  const Division second = divide_down(to_micros(time), kMicrosPerSecond);
  const Division day = divide_down(second.quotient, 86'400);
  append_date(day.quotient, to);
  to += 'T';
  append_digits(day.remainder / 3600, 2, to);
  to += ':';
  append_digits(day.remainder / 60 % 60, 2, to);
  to += ':';
  append_digits(day.remainder % 60, 2, to);
  to += '.';
  const bool whole_millis = second.remainder % kMicrosPerMilli == 0;
  append_digits(whole_millis ? second.remainder / kMicrosPerMilli : second.remainder,
                whole_millis ? 3 : 6, to);
  to += 'Z';
}

std::string to_iso8601(EventTime time) {
  std::string text;
  append_iso8601(time, text);
  return text;
}

}  // namespace hapax
