// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ports/random.hpp"

namespace hapax {

/// The kernel's generator.
class SystemRandom : public Random {
 public:
  std::uint64_t next() override;
};

}  // namespace hapax
