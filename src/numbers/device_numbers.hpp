// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "numbers/dropped_steps.hpp"
#include "record/event.hpp"

namespace hapax {

/// One numbered record, as far as losses are concerned.
struct NumberArrival {
  std::uint64_t number = 0;  ///< From 1.
  std::uint64_t made = 0;
  std::array<std::uint32_t, kDropReasons> dropped = {};
  std::uint32_t day = 0;  ///< On which it was received: utc_day().
};

/// Numbers that came without a gap.
struct NumberRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;  ///< Inclusive.
  /// The least day on which `first` was received. The missing numbers before it belong to that day:
  /// it was the first to show that they are missing.
  std::uint32_t day = 0;

  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

/// What one arrival changes of a device.
struct NumbersChange {
  struct Gap {
    std::uint32_t day;
    std::int32_t numbers;  ///< So many more are missing under that day.
  };

  bool any = false;
  bool is_dropped = false;   ///< What the device has given up on.
  bool is_collapse = false;  ///< It is unnumbered now: nothing is missing any more.
  std::array<Gap, 2> gaps = {};
  std::size_t gap_count = 0;

  void add_gap(std::uint32_t day, std::int64_t numbers) {
    if (numbers != 0) {
      assert(gap_count < gaps.size());
      gaps[gap_count++] = {.day = day, .numbers = static_cast<std::int32_t>(numbers)};
    }
  }
};

/// Which numbers of one device and epoch came. A function of the set of its arrivals: of any order,
/// any repetition, and any division into states that are combined, the state is the same, and so
/// are its bytes.
/// Memory and bytes: by the number of its ranges, kNumberMax / 2 at most.
class DeviceNumbers {
 public:
  NumbersChange add(const NumberArrival& arrival);
  /// As if the arrivals of `other` had come here, too. For owners of partitions that each have a
  /// part of them (ADR 0022); one thread that reads all partitions needs it not.
  void combine(const DeviceNumbers& other);

  /// A number, or what it said of those it had made, was beyond kNumberMax: of all that follows but
  /// last_day() there is nothing.
  bool is_unnumbered() const { return unnumbered_; }
  std::uint32_t arrived() const { return arrived_; }
  /// The greatest number that came; 0: none.
  std::uint32_t highest() const { return ranges_.empty() ? 0 : ranges_.back().last; }
  /// Numbers below highest() that did not come.
  std::uint32_t missing() const { return highest() - arrived_; }
  std::uint32_t made() const { return made_; }
  /// Numbers that were made, by what the device said, and are above all that came.
  std::uint32_t open_tail() const { return made_ - highest(); }
  /// The greatest day on which one was received.
  std::uint32_t last_day() const { return last_day_; }
  /// Ascending, none touching another.
  const std::vector<NumberRange>& ranges() const { return ranges_; }
  const DroppedSteps& dropped() const { return dropped_; }
  /// Calls `visit(first, last, day)` with each gap, ascending, until it returns false.
  template <typename Visit>
  void visit_gaps(Visit&& visit) const {
    std::uint32_t before = 0;
    for (const NumberRange& range : ranges_) {
      if (range.first > before + 1 && !visit(before + 1, range.first - 1, range.day)) {
        return;
      }
      before = range.last;
    }
  }

  /// Of memory beyond sizeof.
  std::size_t bytes() const;

  /// Format: docs/formats/numbers.md.
  std::string encode() const;
  /// Nothing when it is damaged.
  static std::optional<DeviceNumbers> decode(std::string_view bytes);

  friend bool operator==(const DeviceNumbers&, const DeviceNumbers&) = default;

 private:
  using Ranges = std::vector<NumberRange>;

  void insert(std::uint32_t number, std::uint32_t day, NumbersChange& change);
  void repeat(NumberRange& range, std::uint32_t before, std::uint32_t number, std::uint32_t day,
              NumbersChange& change);
  void place(Ranges::iterator after, std::uint32_t before, std::uint32_t number, std::uint32_t day);
  void become_unnumbered();
  bool decode_ranges(std::string_view& in);

  Ranges ranges_;
  DroppedSteps dropped_;
  std::uint32_t arrived_ = 0;  // In all ranges.
  std::uint32_t made_ = 0;     // At least the highest one.
  std::uint32_t last_day_ = 0;
  bool unnumbered_ = false;
};

}  // namespace hapax
