// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "core/digest.hpp"
#include "core/time.hpp"
#include "record/value.hpp"

namespace hapax {

/// What an event holds in one field that measures look at.
struct Sample {
  Value value;             ///< Never NaN.
  std::uint64_t hash = 0;  ///< Keyed hash of the value where a measure wants it: equal values,
                           ///< equal hashes; 0 and -0 are equal, 1 and "1" are not.
};

/// An event as measures see it. Lifetime: the samples outlive the call that they are given to.
struct MeasuredEvent {
  EventTime time;
  Hash128 id;  ///< Keyed hash of the event's id.
  std::span<const Sample> samples;
};

}  // namespace hapax
