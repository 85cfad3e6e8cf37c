// SPDX-License-Identifier: Apache-2.0
#include "zones/posix_rule.hpp"

#include <array>
#include <cctype>
#include <limits>

#include "zones/civil.hpp"

namespace hapax {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;
constexpr unsigned kFebruary29 = 60;  // As a day of a leap year, from 1.

bool is_leap(std::int64_t year) {
  return to_civil_day({year, 3, 1}) - to_civil_day({year, 2, 1}) == 29;
}

}  // namespace

/// Takes the text apart from the left. After a fault everything is a fault.
class PosixRule::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool ok() const { return ok_; }
  bool next_is(char wanted) const { return rest_.starts_with(wanted); }

  bool accept(char wanted) {
    const bool there = next_is(wanted);
    rest_.remove_prefix(there ? 1 : 0);
    return there;
  }
  void expect(char wanted) { ok_ = accept(wanted) && ok_; }

  void skip_name() {
    const bool quoted = accept('<');
    std::size_t letters = 0;
    while (letters < rest_.size() && is_name(rest_[letters], quoted)) {
      ++letters;
    }
    ok_ = ok_ && letters >= 3;
    rest_.remove_prefix(letters);
    if (quoted) {
      expect('>');
    }
  }

  unsigned number(unsigned least, unsigned most) {
    unsigned value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && digits < 4 && std::isdigit(to_byte(rest_[digits])) != 0;
         ++digits) {
      value = value * 10 + static_cast<unsigned>(rest_[digits] - '0');
    }
    rest_.remove_prefix(digits);
    ok_ = ok_ && digits > 0 && least <= value && value <= most;
    return ok_ ? value : least;
  }

  /// [+-]hh[:mm[:ss]] in seconds.
  std::int64_t time(unsigned hours_max) {
    const bool negative = accept('-');
    if (!negative) {
      accept('+');
    }
    std::int64_t seconds = number(0, hours_max) * kHour;
    seconds += accept(':') ? number(0, 59) * 60 : 0;
    seconds += accept(':') ? number(0, 59) : 0;
    return negative ? -seconds : seconds;
  }

  Change change() {
    Change read;
    if (accept('M')) {
      read.month = number(1, 12);
      expect('.');
      read.week = number(1, 5);
      expect('.');
      read.weekday = number(0, 6);
    } else if (accept('J')) {
      read.kind = Change::Kind::kJulian;
      read.day = number(1, 365);
    } else {
      read.kind = Change::Kind::kDayOfYear;
      read.day = number(0, 365);
    }
    constexpr unsigned kHoursMax = 167;
    read.seconds = accept('/') ? time(kHoursMax) : 2 * kHour;
    return read;
  }

 private:
  static unsigned char to_byte(char letter) { return static_cast<unsigned char>(letter); }
  static bool is_name(char letter, bool quoted) {
    return std::isalpha(to_byte(letter)) != 0 ||
           (quoted && (std::isdigit(to_byte(letter)) != 0 || letter == '+' || letter == '-'));
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::optional<PosixRule> PosixRule::parse(std::string_view text) {
  constexpr unsigned kOffsetHoursMax = 24;
  Reader reader(text);
  PosixRule rule;
  reader.skip_name();
  rule.offset_ = -reader.time(kOffsetHoursMax);  // POSIX counts westwards.
  if (!reader.at_end()) {
    Summer summer{.offset = rule.offset_ + kHour, .start = {}, .end = {}};
    reader.skip_name();
    if (!reader.next_is(',')) {
      summer.offset = -reader.time(kOffsetHoursMax);
    }
    reader.expect(',');
    summer.start = reader.change();
    reader.expect(',');
    summer.end = reader.change();
    rule.summer_ = summer;
  }
  return reader.ok() && reader.at_end() ? std::optional(rule) : std::nullopt;
}

std::int64_t PosixRule::Change::local_second(std::int64_t year) const {
  CivilDay at = to_civil_day({year, 1, 1});
  if (kind == Kind::kDayOfYear) {
    at += day;
  } else if (kind == Kind::kJulian) {
    at += day - 1 + (is_leap(year) && day >= kFebruary29 ? 1 : 0);
  } else {
    const CivilDay first = to_civil_day({year, month, 1});
    const CivilDay next_month =
        month == 12 ? to_civil_day({year + 1, 1, 1}) : to_civil_day({year, month + 1, 1});
    at = first + (weekday + 7 - civil_weekday(first)) % 7 + CivilDay{week - 1} * 7;
    at -= at >= next_month ? 7 : 0;
  }
  return at * kDay + seconds;
}

ZoneSpan PosixRule::span_at(std::int64_t second) const {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kGreatest = std::numeric_limits<std::int64_t>::max();
  if (!summer_) {
    return {.begin = kLeast, .end = kGreatest, .offset = offset_};
  }
  // A change may be up to a week outside of its year, so the years around are looked at too.
  const std::int64_t year = to_civil_date(floor_div(second, kDay)).year;
  ZoneSpan span{.begin = kLeast, .end = kGreatest, .offset = offset_};
  const auto look_at = [&](std::int64_t change, std::int64_t offset) {
    if (change <= second && change >= span.begin) {
      span.begin = change;
      span.offset = offset;
    } else if (change > second && change < span.end) {
      span.end = change;
    }
  };
  for (std::int64_t near = year - 1; near <= year + 1; ++near) {
    look_at(summer_->end.local_second(near) - summer_->offset, offset_);
  }
  // After the ends: where summer is all of the year, it begins in the second in which it ends.
  for (std::int64_t near = year - 1; near <= year + 1; ++near) {
    look_at(summer_->start.local_second(near) - offset_, summer_->offset);
  }
  return span;
}

}  // namespace hapax
