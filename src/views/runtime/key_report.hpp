// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace hapax {

/// How the budget of a view's keys is used.
struct KeyReport {
  std::uint64_t bytes_max = 0;
  std::uint64_t bytes = 0;  ///< What they weigh in the window, of those in memory, that has most,
  std::uint64_t keys = 0;   ///< and how many these are. Of sessions: all keys of the view.
  /// How many windows count a sample of their keys; of sessions: 1, all do.
  std::uint64_t windows_sampled = 0;
  double least_share = 1;  ///< Of those, see KeyShares.
};

}  // namespace hapax
