// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace hapax {

/// Keeps events for a reader at a rate that it can follow: all, or a share of them that is halved
/// until it fits. Which ones is a matter of their ids, so of an event all copies are taken or none.
/// Threading: one owner.
class EventSampler {
 public:
  using Time = std::chrono::nanoseconds;  ///< Monotonic.

  explicit EventSampler(std::uint64_t per_second_max) : per_second_max_(per_second_max) {}

  /// Whether the event of that event_key() is one of them.
  bool takes(std::uint64_t key, Time now);
  /// Of all, at present: 1, 0.5, 0.25 ...
  double share() const { return 1.0 / static_cast<double>(std::uint64_t{1} << halvings_); }

 private:
  void begin_second(Time now);

  const std::uint64_t per_second_max_;
  Time second_{-1};
  std::uint64_t came_ = 0;   ///< In this second.
  std::uint64_t taken_ = 0;  ///< Since it began, or the share was halved.
  std::uint32_t halvings_ = 0;
};

}  // namespace hapax
