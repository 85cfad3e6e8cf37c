// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "record/event.hpp"

namespace hapax {

/// What a device has given up on, by reason: how many numbers it had said until each received day.
/// A function of the set of (reason, day, count) that came: of each day, the most that was said on
/// it or before. Kept as steps, one for each day on which it became more.
class DroppedSteps {
 public:
  struct Step {
    std::uint8_t reason = 0;  ///< A DropReason.
    std::uint32_t day = 0;    ///< Since 1970, UTC.
    std::uint32_t count = 0;  ///< From this day on.

    friend bool operator==(const Step&, const Step&) = default;
  };

  /// One more was said on `day`. False: that changes nothing.
  bool add(std::size_t reason, std::uint32_t day, std::uint32_t count);
  void combine(const DroppedSteps& other);

  bool empty() const { return steps_.empty(); }
  /// By reason, then by day; of a reason the counts ascend.
  const std::vector<Step>& steps() const { return steps_; }
  /// The most that was said of each reason.
  std::array<std::uint32_t, kDropReasons> counts() const;

  /// Format: docs/formats/numbers.md. No day is after `last_day`.
  void encode(std::uint32_t last_day, std::string& out) const;
  /// Takes one off the front of `in`, into a new one. False when it is damaged.
  [[nodiscard]] bool decode(std::uint32_t last_day, std::string_view& in);

  friend bool operator==(const DroppedSteps&, const DroppedSteps&) = default;

 private:
  std::vector<Step> steps_;
};

}  // namespace hapax
