// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace hapax {

/// Where randomness comes from, so that a seed replays a run.
/// Threading: all calls may run at the same time.
class Random {
 public:
  virtual ~Random() = default;

  /// 64 uniform bits. Unpredictable to clients in the production adapter.
  virtual std::uint64_t next() = 0;
};

}  // namespace hapax
