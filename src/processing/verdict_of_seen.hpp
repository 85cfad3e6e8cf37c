// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dedup/verdict.hpp"
#include "stream/dedup_index.hpp"

namespace hapax {

constexpr Verdict verdict_of(Seen seen) {
  switch (seen) {
    case Seen::kFirst:
      return Verdict::kUnique;
    case Seen::kDuplicate:
      return Verdict::kDuplicate;
    case Seen::kConflict:
      return Verdict::kConflict;
    case Seen::kRestamped:
      return Verdict::kRestamped;
  }
  return Verdict::kUnique;
}

/// Of an event: not of a dead letter, nor of a control record.
constexpr Seen seen_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kDuplicate:
      return Seen::kDuplicate;
    case Verdict::kConflict:
      return Seen::kConflict;
    case Verdict::kRestamped:
      return Seen::kRestamped;
    case Verdict::kUnique:
    case Verdict::kRejected:
    case Verdict::kControl:
      break;
  }
  return Seen::kFirst;
}

}  // namespace hapax
