// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace hapax {

/// Events that were the first of their id in their partition, and whose id is in the sample.
struct MissedTally {
  std::uint64_t asked = 0;   ///< It is known whether they are the first in the whole cluster.
  std::uint64_t missed = 0;  ///< Of these, they are not: another partition has counted the id, too.
  std::uint64_t unasked = 0;  ///< It never will be known: too many were asked for at once.

  void add(const MissedTally& other) {
    asked += other.asked;
    missed += other.missed;
    unasked += other.unasked;
  }
  friend bool operator==(const MissedTally&, const MissedTally&) = default;
};

struct MissedHour {
  ProcessingTime begin;  ///< Of received time, as partitions have it (cluster/partition_clock.hpp).
  MissedTally tally;

  friend bool operator==(const MissedHour&, const MissedHour&) = default;
};

/// What dedup within partitions alone has missed (dedup.scope = partition), of a sample of ids.
struct MissedDuplicates {
  static constexpr std::uint32_t kWhole = 1'000'000;
  static constexpr std::size_t kHoursMax = 24;

  std::uint32_t sample = 0;            ///< Which share of all ids, of kWhole.
  std::uint64_t awaited = 0;           ///< Asked, and not answered yet.
  MissedTally before = {};             ///< Of all hours before those in `hours`.
  std::vector<MissedHour> hours = {};  ///< Ascending; the kHoursMax newest with an event.

  /// Of the hour of `time`.
  MissedTally& at(ProcessingTime time) {
    const auto begin = std::chrono::floor<std::chrono::hours>(time.time_since_epoch());
    const ProcessingTime hour{Microseconds(begin)};
    auto place = std::ranges::lower_bound(hours, hour, {}, &MissedHour::begin);
    if (place != hours.end() && place->begin == hour) {
      return place->tally;
    }
    if (hours.size() == kHoursMax) {
      if (place == hours.begin()) {
        return before;
      }
      before.add(hours.front().tally);
      hours.erase(hours.begin());
      place = std::ranges::lower_bound(hours, hour, {}, &MissedHour::begin);
    }
    return hours.insert(place, {.begin = hour, .tally = {}})->tally;
  }

  MissedTally total() const {
    MissedTally sum = before;
    for (const MissedHour& hour : hours) {
      sum.add(hour.tally);
    }
    return sum;
  }

  /// Of another partition, with the same sample.
  void add(const MissedDuplicates& other) {
    sample = other.sample;
    awaited += other.awaited;
    before.add(other.before);
    for (const MissedHour& hour : other.hours) {
      at(hour.begin).add(hour.tally);
    }
  }

  /// How many there may be of all ids, from those in the sample: an estimate, but where the sample
  /// is the whole and nothing was left unasked.
  std::uint64_t estimate(const MissedTally& tally) const {
    if (sample == 0 || tally.asked == 0) {
      return 0;
    }
    const double of_sample = static_cast<double>(tally.missed) *
                             static_cast<double>(tally.asked + tally.unasked) /
                             static_cast<double>(tally.asked);
    return static_cast<std::uint64_t>(std::llround(of_sample * kWhole / sample));
  }

  friend bool operator==(const MissedDuplicates&, const MissedDuplicates&) = default;
};

}  // namespace hapax
