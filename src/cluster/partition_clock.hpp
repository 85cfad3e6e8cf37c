// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/time.hpp"

namespace hapax {

/// What time it is in a partition of events: the greatest received time that its records have had,
/// as far as the topic's own clock had come when it took them. So one collector that is a month
/// ahead moves it by nothing. A function of the records alone, no clock is read: whoever reads them
/// again comes to the same. Never goes back.
class PartitionClock {
 public:
  PartitionClock() = default;
  explicit PartitionClock(ProcessingTime now) : now_(now) {}

  void pass(ProcessingTime received_at, ProcessingTime appended_at) {
    now_ = std::max(now_, std::min(received_at, appended_at));
  }
  ProcessingTime now() const { return now_; }

 private:
  ProcessingTime now_ = ProcessingTime::min();
};

}  // namespace hapax
