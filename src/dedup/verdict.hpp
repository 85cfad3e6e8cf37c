// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.hpp"

namespace hapax {

/// What dedup decided of a record. Stored: values never change.
enum class Verdict : std::uint8_t {
  kUnique = 0,     ///< The first of its id.
  kDuplicate = 1,  ///< The same as the first.
  kConflict = 2,   ///< Another event under the id of the first.
  kRestamped = 3,  ///< The event of the first at another time.
  kRejected = 4,   ///< A dead letter; dedup is not asked.
  kControl = 5,    ///< A control record; likewise.
};
constexpr std::uint8_t kVerdictLast = static_cast<std::uint8_t>(Verdict::kControl);

/// Verdicts of consecutive records of one partition.
struct VerdictRun {
  Offset base;
  std::vector<Verdict> verdicts;

  Offset end() const { return advance(base, verdicts.size()); }
  friend bool operator==(const VerdictRun&, const VerdictRun&) = default;
};

}  // namespace hapax
