// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/guarded_clock.hpp"

namespace hapax {
namespace {

/// Within it after an agreement the wall clock needs no second look: it cannot have stepped
/// further.
constexpr Microseconds kLookInterval = std::chrono::seconds(1);
/// Of GuardedClock::agreed_, after the first step; each further one takes the next. No time is
/// near.
constexpr Microseconds::rep kNeverAgreed = Microseconds::min().count() / 2;

}  // namespace

GuardedClock::GuardedClock(const Clock& clock)
    : clock_(clock),
      distance_((wall() - std::chrono::duration_cast<Microseconds>(monotonic())).count()),
      agreed_(wall().count()) {}

ProcessingTime GuardedClock::now() const {
  const Microseconds time = wall();
  const Microseconds since = time - Microseconds(agreed_.load(std::memory_order_relaxed));
  const bool agrees = Microseconds(0) <= since && since < kLookInterval;
  return ProcessingTime(agrees ? time : time - compare(time));
}

Microseconds GuardedClock::stepped() const {
  return compare(wall());
}

void GuardedClock::step(Microseconds by) {
  distance_.fetch_add(by.count(), std::memory_order_relaxed);
  agreed_.store(kNeverAgreed + ++steps_, std::memory_order_release);  // Look anew.
}

/// How far `wall` is off; when it is not, that is remembered.
Microseconds GuardedClock::compare(Microseconds wall) const {
  auto agreed = agreed_.load(std::memory_order_acquire);  // Before the distance.
  const Microseconds distance = wall - std::chrono::duration_cast<Microseconds>(monotonic());
  auto agreed_distance = distance_.load(std::memory_order_relaxed);
  const Microseconds off = distance - Microseconds(agreed_distance);
  if (std::chrono::abs(off) > kStepLimit) {
    return off;
  }
  // Unless step() came in between, here or there.
  if (distance_.compare_exchange_strong(agreed_distance, distance.count(),
                                        std::memory_order_relaxed)) {
    agreed_.compare_exchange_strong(agreed, wall.count(), std::memory_order_relaxed);
  }
  return Microseconds(0);
}

}  // namespace hapax
