// SPDX-License-Identifier: Apache-2.0
#include "stream/window/window_assigner.hpp"

#include <limits>

#include "core/time_math.hpp"
#include "zones/civil.hpp"
#include "zones/time_zone.hpp"

namespace hapax {
namespace {

constexpr std::int64_t kSecondMicros = 1'000'000;
constexpr std::int64_t kDaySeconds = 86'400;

EventTime from_seconds(std::int64_t seconds) {
  std::int64_t micros = 0;
  if (__builtin_mul_overflow(seconds, kSecondMicros, &micros)) {
    return seconds < 0 ? EventTime::min() : EventTime::max();
  }
  return event_time_from_micros(micros);
}

}  // namespace

class WindowAssigner::Calendar {
 public:
  Calendar(const WindowSpec& spec, TimeZone zone)
      : kind_(spec.kind), week_starts_(spec.week_starts.c_encoding()), zone_(std::move(zone)) {}

  Window window_of(EventTime time) const {
    const CivilDay first = first_day(day_of(floor_div(to_micros(time), kSecondMicros)));
    return {.start = from_seconds(begin_of(first)),
            .end = from_seconds(begin_of(day_after(first)))};
  }

 private:
  std::int64_t begin_of(CivilDay day) const { return zone_.first_reach(day * kDaySeconds); }

  /// The last day that has begun, which is a later one than the clock shows when it was set back
  /// over a midnight, or over a whole day.
  CivilDay day_of(std::int64_t second) const {
    CivilDay day = floor_div(second + zone_.span_at(second).offset, kDaySeconds);
    while (begin_of(day + 1) <= second) {
      ++day;
    }
    return day;
  }

  CivilDay first_day(CivilDay day) const {
    if (kind_ == WindowKind::kWeek) {
      return day - (civil_weekday(day) + 7 - week_starts_) % 7;
    }
    return kind_ == WindowKind::kMonth ? day - to_civil_date(day).day + 1 : day;
  }

  CivilDay day_after(CivilDay first) const {
    if (kind_ == WindowKind::kMonth) {
      constexpr CivilDay kLongestMonth = 31;
      return first_day(first + kLongestMonth);
    }
    return first + (kind_ == WindowKind::kWeek ? 7 : 1);
  }

  WindowKind kind_;
  unsigned week_starts_;  // 0 for Sunday.
  TimeZone zone_;
};

WindowAssigner::WindowAssigner(WindowAssigner&&) noexcept = default;
WindowAssigner& WindowAssigner::operator=(WindowAssigner&&) noexcept = default;
WindowAssigner::~WindowAssigner() = default;

WindowAssigner::WindowAssigner(const WindowSpec& spec)
    : kind_(spec.kind), length_(spec.length), advance_(spec.advance) {
  if (kind_ == WindowKind::kNone) {
    windows_.push_back({.start = EventTime::min(), .end = EventTime::max()});
  }
}

Result<WindowAssigner> WindowAssigner::create(const WindowSpec& spec) {
  HAPAX_TRY(check_window(spec));
  WindowAssigner assigner(spec);
  if (spec.kind != WindowKind::kNone && spec.kind != WindowKind::kFixed) {
    HAPAX_ASSIGN(TimeZone zone, TimeZone::find(spec.zone));
    assigner.calendar_ = std::make_unique<Calendar>(spec, std::move(zone));
  }
  return assigner;
}

std::span<const Window> WindowAssigner::windows_of(EventTime time) {
  if (kind_ == WindowKind::kFixed) {
    assign_fixed(time);
  } else if (calendar_ &&
             (windows_.empty() || time < windows_[0].start || time >= windows_[0].end)) {
    windows_.assign(1, calendar_->window_of(time));
  }
  return windows_;
}

void WindowAssigner::assign_fixed(EventTime time) {
  windows_.clear();
  // Of the last window that holds `time`. What is above is less than an advance, so the place of
  // its start is right even where the start itself is not an EventTime.
  const Microseconds remainder = time.time_since_epoch() % advance_;
  const Microseconds above = remainder < Microseconds(0) ? remainder + advance_ : remainder;
  for (Microseconds back = length_ - advance_; back >= Microseconds(0); back -= advance_) {
    const Microseconds since_start = back + above;
    windows_.push_back({.start = saturating_add(time, -since_start),
                        .end = saturating_add(time, length_ - since_start)});
  }
}

}  // namespace hapax
