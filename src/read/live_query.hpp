// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// The measure by which groups are ranked.
enum class LiveOrder { kCount, kUsers };

/// What a live stream shows: of each window that starts within the last `range`, the first groups.
struct LiveQuery {
  std::optional<std::string> source = {};
  std::optional<std::string> event = {};
  std::size_t top = 100;  ///< Groups of a window; the others are one, `other`.
  LiveOrder by = LiveOrder::kCount;
  std::chrono::minutes range{15};

  friend auto operator<=>(const LiveQuery&, const LiveQuery&) = default;
};

/// Cells that a stream may show: top * minutes of range.
constexpr std::size_t kLiveCellsMax = 10'000;

/// Of the query string of a request. Errors: kInvalid, with what is meant instead.
Result<LiveQuery> parse_live_request(std::string_view query);

}  // namespace hapax
