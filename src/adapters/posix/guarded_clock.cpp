#include "adapters/posix/guarded_clock.hpp"

namespace hapax {
namespace {

/// Within it after an agreement the wall clock needs no second look: it cannot have stepped
/// further.
constexpr Microseconds kLookInterval = std::chrono::seconds(1);

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

/// How far `wall` is off; when it is not, that is remembered.
Microseconds GuardedClock::compare(Microseconds wall) const {
  const Microseconds distance = wall - std::chrono::duration_cast<Microseconds>(monotonic());
  const Microseconds off = distance - Microseconds(distance_.load(std::memory_order_relaxed));
  if (std::chrono::abs(off) > kStepLimit) {
    return off;
  }
  distance_.store(distance.count(), std::memory_order_relaxed);
  agreed_.store(wall.count(), std::memory_order_relaxed);
  return Microseconds(0);
}

}  // namespace hapax
