// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>

#include "cluster/collection.hpp"
#include "core/time.hpp"

namespace hapax {

/// How far our clock is off the one of the machine that takes records for a topic: our report was
/// made before that machine took it, and is read after, by our clock. However long it was on its
/// way, what this says is no more than the clock is off. Threading: one owner.
class ClockComparison {
 public:
  /// `now`: by the clock that `seen.clock` was read from.
  void compare(const Collection::Seen& seen, ProcessingTime now) {
    const Microseconds ahead = seen.clock - seen.appended_at;
    const Microseconds behind = seen.appended_at - now;
    off_ = ahead > Microseconds(0) ? ahead : -std::max(behind, Microseconds(0));
  }

  /// Positive: ours is ahead, negative: behind; at least by so much. Nothing: not known yet.
  std::optional<Microseconds> off() const { return off_; }

 private:
  std::optional<Microseconds> off_;
};

}  // namespace hapax
