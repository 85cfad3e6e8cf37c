// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace hapax {

/// How our clock stands, for people.
struct ClockStatus {
  bool is_doubted = false;
  ClockEpoch epoch;           ///< Of the doubt.
  ProcessingTime began;       ///< Of the doubt, by the doubted clock.
  std::size_t undecided = 0;  ///< Doubts that are not over, this one included.
  Microseconds stepped{};     ///< How far the machine's clock is off ours and not followed.
  bool keeps_files = false;   ///< Log files are kept beyond their age.
  std::string reason;         ///< Why it is in doubt; empty when it is not.
  std::string hint;           ///< What to do then.
};

}  // namespace hapax
