// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "read/row_query.hpp"

namespace hapax {

/// What a live stream shows of a view: of its newest windows, up to the present one and beyond it,
/// each with the first groups by a measure.
struct LiveQuery {
  /// The view, its groups, measures and order; rows_max: groups of a window, the others are one,
  /// `other`. Without an order the first are those with the lowest keys.
  RowQuery rows;
  std::size_t windows = 1;  ///< Up to the present one; of a view without windows that is all.
  std::string key = {};     ///< Equal for queries that ask for the same.

  std::size_t top() const { return rows.rows_max; }
};

/// Rows that a stream may show: top * windows.
constexpr std::size_t kLiveRowsMax = 10'000;
constexpr std::size_t kLiveWindowsMax = 100;

/// Of the query string of a request. Errors: kInvalid, with what is meant instead.
Result<LiveQuery> parse_live_request(std::string_view query,
                                     std::shared_ptr<const ServedView> view);

}  // namespace hapax
