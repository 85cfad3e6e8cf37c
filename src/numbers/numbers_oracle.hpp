// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bytes/varint.hpp"
#include "numbers/device_numbers.hpp"
#include "numbers/number_limits.hpp"

namespace hapax {

/// Keeps every arrival of a device, and says of all of them together what docs/formats/numbers.md
/// and docs/http-api.md say.
class NumbersOracle {
 public:
  void add(const NumberArrival& arrival) { arrivals_.push_back(arrival); }

  bool is_unnumbered() const {
    return std::ranges::any_of(arrivals_, [](const NumberArrival& arrival) {
      return arrival.number > kNumberMax || arrival.made > kNumberMax;
    });
  }
  std::uint32_t last_day() const {
    return std::ranges::max(arrivals_, {}, &NumberArrival::day).day;
  }
  /// The least day of each number that came.
  std::map<std::uint32_t, std::uint32_t> numbers() const {
    std::map<std::uint32_t, std::uint32_t> days;
    for (const NumberArrival& arrival : arrivals_) {
      const auto number = static_cast<std::uint32_t>(arrival.number);
      const auto found = days.try_emplace(number, arrival.day).first;
      found->second = std::min(found->second, arrival.day);
    }
    return days;
  }
  /// Each missing number is of the day of the lowest later one that came.
  std::map<std::uint32_t, std::uint32_t> missing_by_day() const {
    std::map<std::uint32_t, std::uint32_t> missing;
    const auto came = numbers();
    for (std::uint32_t number = 1; !is_unnumbered() && number < came.rbegin()->first; ++number) {
      if (!came.contains(number)) {
        ++missing[came.upper_bound(number)->second];
      }
    }
    return missing;
  }
  std::uint32_t made() const {
    std::uint64_t made = numbers().rbegin()->first;
    for (const NumberArrival& arrival : arrivals_) {
      made = std::max(made, arrival.made);
    }
    return static_cast<std::uint32_t>(made);
  }
  /// The most that was said of `reason` until `day`.
  std::uint32_t dropped(std::size_t reason, std::uint32_t day) const {
    std::uint32_t most = 0;
    for (const NumberArrival& arrival : arrivals_) {
      most = std::max(most, arrival.day <= day ? std::min(arrival.dropped[reason], kNumberMax) : 0);
    }
    return most;
  }

  /// As the format says.
  std::string encode() const {
    std::string out;
    append_varint(is_unnumbered() ? 1 : 0, out);
    append_varint(last_day(), out);
    if (!is_unnumbered()) {
      encode_ranges(out);
      append_varint(made() - numbers().rbegin()->first, out);
      encode_drops(out);
    }
    return out;
  }

 private:
  void encode_ranges(std::string& out) const {
    const auto came = numbers();
    std::vector<std::array<std::uint32_t, 3>> ranges;
    for (const auto& [number, day] : came) {
      if (!came.contains(number - 1)) {
        ranges.push_back({number, number, day});
      }
      ranges.back()[1] = number;
    }
    append_varint(ranges.size(), out);
    std::uint32_t before = 0;
    for (const auto& [first, last, day] : ranges) {
      append_varint(first - before - 1, out);
      append_varint(last - first, out);
      append_varint(last_day() - day, out);
      before = last;
    }
  }

  void encode_drops(std::string& out) const {
    std::set<std::uint32_t> days;
    for (const NumberArrival& arrival : arrivals_) {
      days.insert(arrival.day);
    }
    std::size_t count = 0;
    std::string steps;
    for (std::size_t reason = 0; reason < kDropReasons; ++reason) {
      std::uint32_t before = 0;
      for (const std::uint32_t day : days) {
        if (const std::uint32_t said = dropped(reason, day); said > before) {
          append_varint(reason, steps);
          append_varint(last_day() - day, steps);
          append_varint(said, steps);
          before = said;
          ++count;
        }
      }
    }
    append_varint(count, out);
    out.append(steps);
  }

  std::vector<NumberArrival> arrivals_;
};

}  // namespace hapax
