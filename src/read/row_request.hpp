// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "read/row_query.hpp"
#include "views/runtime/served_views.hpp"

namespace hapax {

/// Reads the parameters of a query of a declared view (docs/http-api.md, "Read a declared view").
/// Errors: kInvalid, naming the parameter, its value, and what is meant or allowed instead.
Result<RowQuery> parse_row_request(std::string_view query_string,
                                   std::shared_ptr<const ServedView> view, EventTime now);

}  // namespace hapax
