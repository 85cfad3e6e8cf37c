// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Cells of one answer.
constexpr std::size_t kCellsDefault = 10'000;
constexpr std::size_t kCellsMax = 100'000;

/// Reads the parameters of GET /api/views/events_per_minute: from, to (ISO 8601 or epoch
/// milliseconds; default: the hour before `now` and everything after it), event, source, after
/// (a receipt), consistency (latest or final), limit (1 to kCellsMax, default kCellsDefault), and
/// no others but cursor (`next` of an answer to the same query). With it, from and to are the
/// cursor's where they are not given.
/// Errors: kInvalid, naming the parameter and its value.
Result<ViewQuery> parse_view_request(std::string_view query, EventTime now);

}  // namespace hapax
