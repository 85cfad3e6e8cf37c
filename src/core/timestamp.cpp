#include "core/timestamp.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace hapax {
namespace {

__extension__ using Wide = __int128;  // Room for what does not fit until it is checked.

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerMilli = 1'000;
constexpr std::size_t kFractionDigitsMax = 9;

bool is_digit(char character) {
  return '0' <= character && character <= '9';
}

std::optional<EventTime> checked(Wide micros) {
  if (micros < std::numeric_limits<std::int64_t>::min() ||
      micros > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return event_time_from_micros(static_cast<std::int64_t>(micros));
}

// Takes parts off the front of a text; after the first that is not there, ok() is false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  void fail() { ok_ = false; }
  bool done() const { return text_.empty(); }
  bool at_digit() const { return !text_.empty() && is_digit(text_.front()); }

  bool accept(char wanted) {
    if (!text_.starts_with(wanted)) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) { ok_ = accept(wanted) && ok_; }

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!at_digit()) {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return value;
  }

  int number_between(std::size_t digits, int min, int max) {
    const int value = number(digits);
    ok_ = ok_ && min <= value && value <= max;
    return value;
  }

  // Digits of a fraction as millionths, rounded down.
  std::int64_t micros_fraction() {
    std::int64_t micros = 0;
    std::size_t digits = 0;
    for (; at_digit(); ++digits) {
      micros = digits < 6 ? micros * 10 + (text_.front() - '0') : micros;
      text_.remove_prefix(1);
    }
    for (std::size_t i = digits; i < 6; ++i) {
      micros *= 10;
    }
    ok_ = ok_ && 0 < digits && digits <= kFractionDigitsMax;
    return micros;
  }

 private:
  std::string_view text_;
  bool ok_ = true;
};

// Calendar dates of <chrono> hold years of 16 bits, so days outside the first 400-year cycle are
// those of the year in it that has the same calendar.
constexpr int kCycleYears = 400;
constexpr std::int64_t kCycleDays = 146'097;

std::int64_t scan_days(Scanner& scanner) {
  const bool negative = scanner.accept('-');
  const bool expanded = negative || scanner.accept('+');
  int year = scanner.number(expanded ? 6 : 4);
  year = negative ? -year : year;
  scanner.expect('-');
  const int month = scanner.number_between(2, 1, 12);
  scanner.expect('-');
  const int day = scanner.number_between(2, 1, 31);
  const int cycle = (year >= 0 ? year : year - (kCycleYears - 1)) / kCycleYears;
  const std::chrono::year_month_day date{std::chrono::year(year - cycle * kCycleYears),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!scanner.ok() || !date.ok()) {
    scanner.fail();
    return 0;
  }
  return std::chrono::sys_days(date).time_since_epoch().count() + cycle * kCycleDays;
}

std::int64_t scan_offset_seconds(Scanner& scanner) {
  if (scanner.accept('Z') || scanner.accept('z') || scanner.done()) {
    return 0;
  }
  const bool negative = scanner.accept('-');
  if (!negative) {
    scanner.expect('+');
  }
  const std::int64_t hours = scanner.number_between(2, 0, 23);
  std::int64_t minutes = 0;
  if (scanner.accept(':') || scanner.at_digit()) {
    minutes = scanner.number_between(2, 0, 59);
  }
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return negative ? -seconds : seconds;
}

// Micros since midnight UTC of the date before it.
std::int64_t scan_time_of_day(Scanner& scanner) {
  const std::int64_t hours = scanner.number_between(2, 0, 23);
  scanner.expect(':');
  const std::int64_t minutes = scanner.number_between(2, 0, 59);
  std::int64_t seconds = 0;
  std::int64_t micros = 0;
  if (scanner.accept(':')) {
    seconds = scanner.number_between(2, 0, 60);  // 60: a leap second, the next minute's first.
    if (scanner.accept('.') || scanner.accept(',')) {
      micros = scanner.micros_fraction();
    }
  }
  const std::int64_t offset = scan_offset_seconds(scanner);
  return (hours * 3600 + minutes * 60 + seconds - offset) * kMicrosPerSecond + micros;
}

std::optional<EventTime> parse_iso(std::string_view text) {
  Scanner scanner(text);
  const std::int64_t days = scan_days(scanner);
  std::int64_t time_of_day = 0;
  if (scanner.ok() && !scanner.done()) {
    if (!scanner.accept('T') && !scanner.accept('t')) {
      scanner.expect(' ');
    }
    time_of_day = scan_time_of_day(scanner);
  }
  if (!scanner.ok() || !scanner.done()) {
    return std::nullopt;
  }
  return checked(static_cast<Wide>(days) * 86'400 * kMicrosPerSecond + time_of_day);
}

bool looks_like_number(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  return !digits.empty() && is_digit(digits.front()) &&
         digits.find_first_not_of("0123456789.eE+") == std::string_view::npos;
}

// Milliseconds with an exponent; doubles are exact below 2^53 microseconds, beyond it is rounded.
std::optional<EventTime> parse_float_millis(std::string_view text) {
  double millis = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  const double micros = std::floor(millis * static_cast<double>(kMicrosPerMilli));
  constexpr double kLimit = 9.2e18;
  if (error != std::errc() || end != text.data() + text.size() || std::abs(micros) > kLimit) {
    return std::nullopt;
  }
  return event_time_from_micros(static_cast<std::int64_t>(micros));
}

std::optional<EventTime> parse_millis(std::string_view text) {
  if (text.find_first_of("eE") != std::string_view::npos) {
    return parse_float_millis(text);
  }
  const bool negative = text.starts_with('-');
  const std::size_t point = std::min(text.find('.'), text.size());
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + point, whole);
  if (error != std::errc() || end != text.data() + point || point + 1 == text.size()) {
    return std::nullopt;
  }
  std::int64_t micros = 0;
  bool rest = false;
  for (std::size_t i = 1; point + i < text.size() || i <= 3; ++i) {
    const char digit = point + i < text.size() ? text[point + i] : '0';
    if (!is_digit(digit)) {
      return std::nullopt;
    }
    micros = i <= 3 ? micros * 10 + (digit - '0') : micros;
    rest = rest || (i > 3 && digit != '0');
  }
  const Wide base = static_cast<Wide>(whole) * kMicrosPerMilli;
  return checked(negative ? base - micros - (rest ? 1 : 0) : base + micros);
}

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

std::optional<EventTime> parse_timestamp(std::string_view text) {
  return looks_like_number(text) ? parse_millis(text) : parse_iso(text);
}

}  // namespace hapax
