// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stream/measure/measure_spec.hpp"

namespace hapax {

/// The measures of a view, in order, and where in a cell's memory the state of each is.
class MeasurePlan {
 public:
  struct Place {
    MeasureSpec spec;
    std::uint32_t offset = 0;  ///< In bytes, a multiple of 8.
  };

  /// `seed` is secret: it places what clients choose in memory, and shows in no value and no bytes.
  explicit MeasurePlan(std::span<const MeasureSpec> specs, std::uint64_t seed = 0);

  std::span<const Place> places() const { return places_; }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t seed() const { return seed_; }
  bool retracts() const { return retracts_; }  ///< Every measure does.
  bool grows() const { return grows_; }        ///< Some measure does.

 private:
  std::vector<Place> places_;
  std::size_t bytes_ = 0;
  std::uint64_t seed_;
  bool retracts_ = true;
  bool grows_ = false;
};

}  // namespace hapax
