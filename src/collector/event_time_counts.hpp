// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "record/event_time.hpp"

namespace hapax {

/// Events whose time was corrected or doubted for one reason, by one size.
struct EventTimeCount {
  std::string_view reason;  ///< "ahead_corrected" ...
  std::string_view size;    ///< Of the error, up to and including: "1s", "1m", "1h", "1d", "more".
  std::uint64_t events;
};

/// How many events were corrected or doubted, by reason and size. Threading: one owner.
class EventTimeCounts {
 public:
  /// Counts a decision that has a size.
  void add(const EventTimeDecision& decision);
  void add(const EventTimeCounts& other);

  bool empty() const { return empty_; }
  /// Those that are not zero.
  std::vector<EventTimeCount> list() const;

 private:
  static constexpr std::size_t kReasonCount = 4;
  static constexpr std::size_t kSizeCount = 5;

  std::array<std::array<std::uint64_t, kSizeCount>, kReasonCount> counts_{};
  bool empty_ = true;
};

}  // namespace hapax
