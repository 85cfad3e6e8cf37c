// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "numbers/device_numbers.hpp"
#include "numbers/number_limits.hpp"

namespace hapax {

/// What the totals have of one device and epoch. A function of its numbers and of the limits.
struct DeviceShare {
  struct DayGap {
    std::uint32_t day = 0;
    std::uint32_t missing = 0;  ///< Not 0.

    friend bool operator==(const DayGap&, const DayGap&) = default;
  };
  /// What the device said first on that day that it has given up on, of what is not here.
  struct Dropped {
    std::uint32_t day = 0;
    std::uint8_t reason = 0;  ///< A DropReason.
    std::uint32_t count = 0;

    friend bool operator==(const Dropped&, const Dropped&) = default;
  };
  /// All that may change with each number.
  struct Head {
    bool is_there = false;  ///< Anything came of it.
    bool is_unnumbered = false;
    bool is_believed = true;       ///< As to what is missing.
    bool is_tail_believed = true;  ///< And as to the open tail.
    std::uint32_t arrived = 0;
    std::uint32_t tail = 0;
    std::uint32_t last_day = 0;

    friend bool operator==(const Head&, const Head&) = default;
  };

  Head head;
  std::vector<DayGap> days;  ///< Ascending.
  std::vector<Dropped> dropped;

  static DeviceShare of(const DeviceNumbers& numbers, const GapLimits& limits);
  /// From that of before `change` to that of `numbers`.
  void follow(const NumbersChange& change, const DeviceNumbers& numbers, const GapLimits& limits);

  friend bool operator==(const DeviceShare&, const DeviceShare&) = default;

 private:
  void follow(const NumbersChange::Gap& gap);
  void set_dropped(const DeviceNumbers& numbers);
};

DeviceShare::Head head_of(const DeviceNumbers& numbers, const GapLimits& limits);

}  // namespace hapax
