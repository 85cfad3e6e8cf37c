// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace hapax {

/// How long to wait before what fails again and again is tried anew: twice as long each time, up to
/// a minute.
class RetryPause {
 public:
  /// The next one; `first`: the shortest.
  std::chrono::nanoseconds next(std::chrono::nanoseconds first) {
    last_ = std::min(std::max(2 * last_, first), kMax);
    return last_;
  }
  /// It works.
  void end() { last_ = {}; }

 private:
  static constexpr std::chrono::nanoseconds kMax = std::chrono::minutes(1);

  std::chrono::nanoseconds last_{};
};

}  // namespace hapax
