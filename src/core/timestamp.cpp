// SPDX-License-Identifier: Apache-2.0
#include "core/timestamp.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/decimal_digits.hpp"

namespace hapax {
namespace {

__extension__ using Wide = __int128;  // Room for what does not fit until it is checked.

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::size_t kFractionDigitsMax = 9;
constexpr std::int64_t kMicrosMax = 253'402'300'799'999'999;  // The last of the year 9999.

bool is_digit(char character) {
  return '0' <= character && character <= '9';
}

std::optional<EventTime> checked(Wide micros) {
  if (micros < std::numeric_limits<std::int64_t>::min() || micros > kMicrosMax) {
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

  /// 'a' for am, 'p' for pm, NUL for neither; lower or upper case, behind spaces or none.
  char accept_half_of_day() {
    const std::string_view half =
        text_.substr(std::min(text_.find_first_not_of(' '), text_.size()));
    const auto lower = [half](std::size_t at) { return static_cast<char>(half[at] | 0x20); };
    if (half.size() < 2 || (lower(0) != 'a' && lower(0) != 'p') || lower(1) != 'm') {
      return '\0';
    }
    text_ = half.substr(2);
    return lower(0);
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

  bool has_digits(std::size_t count) const {
    return text_.size() >= count && std::all_of(text_.begin(), text_.begin() + count, is_digit);
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

struct Offset {
  std::int64_t seconds = 0;
  bool is_known = true;
};

Offset scan_offset(Scanner& scanner) {
  if (scanner.accept('Z') || scanner.accept('z')) {
    return {};
  }
  if (scanner.done()) {
    return {.is_known = false};
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
  return {.seconds = negative ? -seconds : seconds};
}

// Of the day: on a clock of 24 hours, or of 12 with the half of the day behind it. A clock that
// shows 15 PM, or 0 PM for noon, is understood.
std::int64_t hours_of_day(std::int64_t hours, char half, Scanner& scanner) {
  if (half == 'a' && hours > 12) {
    scanner.fail();
  }
  if (half == '\0' || hours > 12) {
    return hours;
  }
  return hours % 12 + (half == 'p' ? 12 : 0);
}

// Micros since midnight by the clock that is read.
std::int64_t scan_clock(Scanner& scanner) {
  const bool has_two_digits = scanner.has_digits(2);
  std::int64_t hours = scanner.number_between(has_two_digits ? 2 : 1, 0, 24);
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
  const char half = scanner.accept_half_of_day();
  const bool is_past_midnight = hours == 24 && (half != '\0' || minutes + seconds + micros != 0);
  if (is_past_midnight || (!has_two_digits && half == '\0')) {
    scanner.fail();
  }
  hours = hours_of_day(hours, half, scanner);
  return (hours * 3600 + minutes * 60 + seconds) * kMicrosPerSecond + micros;
}

std::optional<Timestamp> read_iso(std::string_view text) {
  Scanner scanner(text);
  const std::int64_t days = scan_days(scanner);
  std::int64_t clock = 0;
  Offset offset{.is_known = false};
  if (scanner.ok() && !scanner.done()) {
    if (!scanner.accept('T') && !scanner.accept('t')) {
      scanner.expect(' ');
    }
    clock = scan_clock(scanner);
    offset = scan_offset(scanner);
  }
  if (!scanner.ok() || !scanner.done()) {
    return std::nullopt;
  }
  const auto time =
      checked((static_cast<Wide>(days) * 86'400 - offset.seconds) * kMicrosPerSecond + clock);
  return time ? std::optional(Timestamp{.time = *time, .has_zone = offset.is_known}) : std::nullopt;
}

// As browsers write it, and so most of what comes.
constexpr std::string_view kUsualShape = "0000-00-00T00:00:00.000Z";

// Eight characters at a time. By its bits a digit differs from '0' by 9 at most, and nothing else
// does; what is no digit must not differ. To a difference `room` is added, so that the high bit
// tells one that is too large.
struct ShapeWord {
  std::array<char, 8> shape;
  std::array<char, 8> room;
};
constexpr auto kUsualWords = [] {
  std::array<ShapeWord, kUsualShape.size() / 8> words{};
  for (std::size_t i = 0; i < kUsualShape.size(); ++i) {
    words[i / 8].shape[i % 8] = kUsualShape[i];
    words[i / 8].room[i % 8] = kUsualShape[i] == '0' ? 0x7F - 9 : 0x7F;
  }
  return words;
}();

bool has_usual_shape(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
  if (text.size() != kUsualShape.size()) {
    return false;
  }
  std::uint64_t wrong = 0;
  for (const ShapeWord& word : kUsualWords) {
    std::array<char, 8> part{};
    text.copy(part.data(), part.size());
    text.remove_prefix(part.size());
    const auto differs =
        std::bit_cast<std::uint64_t>(part) ^ std::bit_cast<std::uint64_t>(word.shape);
    wrong |= (differs | (differs + std::bit_cast<std::uint64_t>(word.room))) & kHighBits;
  }
  return wrong == 0;
}

// A text of the usual shape; nothing where a part is out of its range, which read_iso() judges.
std::optional<Timestamp> read_usual(std::string_view text) {
  const auto number = [text](std::size_t at, std::size_t digits) {
    unsigned value = 0;
    for (const char digit : text.substr(at, digits)) {
      value = value * 10 + static_cast<unsigned>(digit - '0');
    }
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number(0, 4))),
                                         std::chrono::month(number(5, 2)),
                                         std::chrono::day(number(8, 2))};
  const std::chrono::hours hours(number(11, 2));
  const std::chrono::minutes minutes(number(14, 2));
  const std::chrono::seconds seconds(number(17, 2));
  if (!date.ok() || hours.count() > 23 || minutes.count() > 59 || seconds.count() > 59) {
    return std::nullopt;
  }
  const Microseconds since_1970 = std::chrono::sys_days(date).time_since_epoch() + hours + minutes +
                                  seconds + std::chrono::milliseconds(number(20, 3));
  return Timestamp{.time = event_time_from_micros(since_1970.count())};
}

bool looks_like_number(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  return !digits.empty() && is_digit(digits.front()) && std::ranges::all_of(digits, [](char one) {
    return is_digit(one) || one == '.' || one == 'e' || one == 'E' || one == '+';
  });
}

// What a number counts, by its size: milliseconds but for the sizes that would be other times in
// the first or beyond the last of them, and are of this age as something else.
struct Unit {
  std::int64_t per_micro = 1;  // One of these two is 1.
  std::int64_t micros = 1'000;
  bool is_second = false;
};

template <typename Number>
Unit unit_of(Number size) {
  constexpr Number kSecondsMin = 978'307'200;  // 2001-01-01
  constexpr Number kSecondsEnd = 1e10, kMicrosMin = 1e15, kMicrosEnd = 1e16, kNanosMin = 1e18;
  if (kSecondsMin <= size && size < kSecondsEnd) {
    return {.micros = kMicrosPerSecond, .is_second = true};
  }
  if (kMicrosMin <= size && size < kMicrosEnd) {
    return {.micros = 1};
  }
  return size >= kNanosMin ? Unit{.per_micro = 1'000, .micros = 1} : Unit{};
}

std::optional<Timestamp> in_unit(std::optional<EventTime> time, const Unit& unit) {
  return time ? std::optional(Timestamp{.time = *time, .in_seconds = unit.is_second})
              : std::nullopt;
}

// With an exponent; doubles are exact below 2^53 microseconds, beyond it is rounded.
std::optional<Timestamp> read_float(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const Unit unit = unit_of(number);
  const double micros =
      std::floor(number * static_cast<double>(unit.micros) / static_cast<double>(unit.per_micro));
  constexpr double kLimit = 9.2e18;
  if (error != std::errc() || end != text.data() + text.size() || std::abs(micros) > kLimit) {
    return std::nullopt;
  }
  return in_unit(checked(static_cast<Wide>(micros)), unit);
}

std::optional<Timestamp> read_number(std::string_view text) {
  if (text.find_first_of("eE") != std::string_view::npos) {
    return read_float(text);
  }
  const bool negative = text.starts_with('-');
  const std::size_t point = std::min(text.find('.'), text.size());
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + point, whole);
  if (error != std::errc() || end != text.data() + point || point + 1 == text.size()) {
    return std::nullopt;
  }
  const Unit unit = unit_of(whole);
  std::int64_t micros = 0;  // Of the digits behind the point, rounded down; `rest` is what is lost.
  bool rest = false;
  std::int64_t worth = unit.micros;
  for (std::size_t i = point + 1; i < text.size(); ++i) {
    if (!is_digit(text[i])) {
      return std::nullopt;
    }
    worth /= 10;
    micros += worth * (text[i] - '0');
    rest = rest || (worth == 0 && text[i] != '0');
  }
  const Wide base = static_cast<Wide>(whole) * unit.micros / unit.per_micro;
  return in_unit(checked(negative ? base - micros - (rest ? 1 : 0) : base + micros), unit);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

}  // namespace

std::optional<Timestamp> read_timestamp(std::string_view text) {
  if (text.size() > kTimestampBytesMax) {
    return std::nullopt;
  }
  if (has_usual_shape(text)) {
    const auto usual = read_usual(text);
    return usual ? usual : read_iso(text);
  }
  if (!is_ascii(text)) {
    const std::string ascii = with_ascii_digits(text);
    return is_ascii(ascii) ? read_timestamp(ascii) : std::nullopt;
  }
  return looks_like_number(text) ? read_number(text) : read_iso(text);
}

std::optional<EventTime> parse_timestamp(std::string_view text) {
  const auto timestamp = read_timestamp(text);
  return timestamp ? std::optional(timestamp->time) : std::nullopt;
}

}  // namespace hapax
