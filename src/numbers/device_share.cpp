// SPDX-License-Identifier: Apache-2.0
#include "numbers/device_share.hpp"

#include <algorithm>
#include <array>

namespace hapax {

DeviceShare::Head head_of(const DeviceNumbers& numbers, const GapLimits& limits) {
  const bool is_believed = limits.believe(numbers.missing(), numbers.arrived());
  return {.is_there = true,
          .is_unnumbered = numbers.is_unnumbered(),
          .is_believed = is_believed,
          .is_tail_believed = is_believed && limits.believe(numbers.open_tail(), numbers.arrived()),
          .arrived = numbers.arrived(),
          .tail = numbers.open_tail(),
          .last_day = numbers.last_day()};
}

DeviceShare DeviceShare::of(const DeviceNumbers& numbers, const GapLimits& limits) {
  DeviceShare share{.head = head_of(numbers, limits), .days = {}, .dropped = {}};
  numbers.visit_gaps([&](std::uint32_t first, std::uint32_t last, std::uint32_t day) {
    share.follow({.day = day, .numbers = static_cast<std::int32_t>(last - first + 1)});
    return true;
  });
  share.set_dropped(numbers);
  return share;
}

void DeviceShare::follow(const NumbersChange& change, const DeviceNumbers& numbers,
                         const GapLimits& limits) {
  head = head_of(numbers, limits);
  if (change.is_collapse) {
    days.clear();
  }
  for (std::size_t i = 0; i < change.gap_count; ++i) {
    follow(change.gaps[i]);
  }
  set_dropped(numbers);
}

void DeviceShare::follow(const NumbersChange::Gap& gap) {
  auto at = std::ranges::lower_bound(days, gap.day, {}, &DayGap::day);
  if (at == days.end() || at->day != gap.day) {
    at = days.insert(at, {.day = gap.day, .missing = 0});
  }
  at->missing += static_cast<std::uint32_t>(gap.numbers);  // Modulo 2^32: it may be less.
  if (at->missing == 0) {
    days.erase(at);
  }
}

/// Never more than what is not here: a number that was given up may have come all the same.
void DeviceShare::set_dropped(const DeviceNumbers& numbers) {
  dropped.clear();
  std::uint32_t left = numbers.missing() + (head.is_tail_believed ? numbers.open_tail() : 0);
  std::array<std::uint32_t, kDropReasons> said{};
  for (const DroppedSteps::Step& step : numbers.dropped().steps()) {
    const std::uint32_t more = step.count - said[step.reason];
    const std::uint32_t count = std::min(left, more);
    said[step.reason] = step.count;
    left -= count;
    if (count > 0) {
      dropped.push_back({.day = step.day, .reason = step.reason, .count = count});
    }
  }
}

}  // namespace hapax
