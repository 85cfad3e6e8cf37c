// SPDX-License-Identifier: Apache-2.0
#include "arrival/arrival_clock.hpp"

#include <algorithm>

#include "core/time_math.hpp"

namespace hapax {

template <typename Use>
void ArrivalClock::with_reading(const Use& use) {
  for (;;) {
    std::uint64_t moves = 0;
    {
      const MutexLock lock(mutex_);
      moves = moves_;
    }
    const ProcessingTime now = clock_.now();
    const MutexLock lock(mutex_);
    if (moves == moves_) {
      newest_ = std::max(newest_, saturating_add(now, -moved_));
      use();
      return;
    }
  }
}

ArrivalClock::Arrival ArrivalClock::arrive() {
  auto arrival = [this] {
    const MutexLock lock(mutex_);
    return Arrival(*this, open_.insert(newest_));
  }();
  with_reading([&]() HAPAX_REQUIRES(mutex_) {
    arrival.received_at_ = saturating_add(newest_, moved_);
    arrival.clock_epoch_ = epoch_;
    open_.erase(arrival.place_);
    arrival.place_ = open_.insert(newest_);
  });
  return arrival;
}

ArrivalClock::Arrival::~Arrival() {
  if (clock_ != nullptr) {
    const MutexLock lock(clock_->mutex_);
    clock_->open_.erase(place_);
  }
}

ProcessingTime ArrivalClock::settled() {
  ProcessingTime settled = ProcessingTime::min();
  with_reading([&]() HAPAX_REQUIRES(mutex_) {
    if (epoch_ == kUndoubted) {
      const ProcessingTime oldest = open_.empty() ? newest_ : std::min(newest_, *open_.begin());
      settled = saturating_add(oldest, moved_);
    }
  });
  return settled;
}

bool ArrivalClock::idle() {
  const MutexLock lock(mutex_);
  return open_.empty();
}

void ArrivalClock::begin_doubt(ClockEpoch epoch) {
  const MutexLock lock(mutex_);
  epoch_ = epoch;
}

void ArrivalClock::end_doubt(Microseconds shift, StampClock& clock) {
  const MutexLock lock(mutex_);
  clock.step(shift);
  moved_ += shift;
  epoch_ = kUndoubted;
  ++moves_;
}

void ArrivalClock::step(Microseconds shift, StampClock& clock) {
  const MutexLock lock(mutex_);
  clock.step(shift);
  newest_ = saturating_add(newest_, std::min(shift, Microseconds(0)));
  ++moves_;
}

}  // namespace hapax
