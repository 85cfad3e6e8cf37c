// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "ports/random.hpp"

namespace hapax::bench {

/// Message ids that no other run has made: UUIDs of version 4 whose bits are a 128-bit seed mixed
/// with a counter. Within a run their halves cannot repeat but for the 6 bits that the version
/// takes. Threading: one owner.
class MessageIds {
 public:
  static constexpr std::size_t kTextBytes = 36;

  explicit MessageIds(Random& random);

  /// Writes the next id as text, kTextBytes without a terminator, and returns 64 bits of it, for
  /// whatever else of the event should vary.
  std::uint64_t write_next(char* text) { return write(count_++, text); }
  /// The same for the id of a number: each has one, always the same.
  std::uint64_t write(std::uint64_t number, char* text) const;

 private:
  const std::uint64_t seed_high_;
  const std::uint64_t seed_low_;
  std::uint64_t count_ = 0;
};

}  // namespace hapax::bench
