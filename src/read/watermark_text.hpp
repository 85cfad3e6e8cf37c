// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "core/timestamp.hpp"

namespace hapax {

/// A watermark, or a time that comes of one. Nothing before the first event: it then rules out no
/// time at all.
inline std::optional<std::string> watermark_text(EventTime time) {
  constexpr EventTime kBeforeAll =
      event_time_from_micros(std::numeric_limits<std::int64_t>::min() / 2);
  return time < kBeforeAll ? std::nullopt : std::optional(to_iso8601(time));
}

}  // namespace hapax
