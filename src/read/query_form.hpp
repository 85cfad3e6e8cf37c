// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// Parameters of queries and live streams of views, but those that belong to one answer only
/// (cursor, after, format, readKey).
std::span<const std::string_view> kept_parameters();

/// Whether a query string that is kept for later has the form of one: each parameter is one of
/// `known` (some of kept_parameters()) or of a group, is there once (range may come again), and has
/// a value that some view would take. Whether the view that it is for does is not asked: there may
/// be none yet. Errors: kInvalid, as parse_row_request().
Result<void> check_query_form(std::string_view query, std::span<const std::string_view> known);

}  // namespace hapax
