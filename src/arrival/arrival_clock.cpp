#include "arrival/arrival_clock.hpp"

#include <algorithm>

namespace hapax {

ArrivalClock::Arrival ArrivalClock::arrive() {
  auto arrival = [this] {
    const MutexLock lock(mutex_);
    return Arrival(*this, open_.insert(newest_));
  }();
  const ProcessingTime now = clock_.now();
  const MutexLock lock(mutex_);
  newest_ = std::max(newest_, now);
  arrival.received_at_ = newest_;
  open_.erase(arrival.place_);
  arrival.place_ = open_.insert(newest_);
  return arrival;
}

ArrivalClock::Arrival::~Arrival() {
  if (clock_ != nullptr) {
    const MutexLock lock(clock_->mutex_);
    clock_->open_.erase(place_);
  }
}

ProcessingTime ArrivalClock::settled() {
  const ProcessingTime now = clock_.now();
  const MutexLock lock(mutex_);
  newest_ = std::max(newest_, now);
  return open_.empty() ? newest_ : *open_.begin();
}

bool ArrivalClock::idle() {
  const MutexLock lock(mutex_);
  return open_.empty();
}

}  // namespace hapax
