// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "ports/random.hpp"

namespace hapax {

/// The same numbers for the same seed, on every machine.
/// Threading: one caller at a time.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() override { return engine_(); }
  /// 0 to `count` - 1.
  std::uint64_t below(std::uint64_t count) { return engine_() % count; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace hapax
