// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"

namespace hapax {

/// How far a partition is.
struct CountedPlace {
  Offset counted;           ///< Every event below it is counted.
  ProcessingTime complete;  ///< So is every event received before, but of collectors that are gone.

  friend bool operator==(const CountedPlace&, const CountedPlace&) = default;
};

}  // namespace hapax
