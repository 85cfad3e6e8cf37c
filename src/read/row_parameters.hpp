// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "http/query_string.hpp"
#include "read/row_query.hpp"

namespace hapax {

// The parameters of a query of a declared view, one by one. Errors: kInvalid, with the reason.

/// `group.<field>` and `source`, among others.
Result<std::vector<GroupValue>> group_parameters(const std::vector<QueryParameter>& parameters,
                                                 const ViewShape& shape);

/// "time" is nothing; else a measure, with '-' in front descending.
Result<std::optional<RowOrder>> parse_order(const std::string& text, const ViewShape& shape);
/// A list with commas.
Result<std::vector<std::size_t>> parse_measures(const std::string& text, const ViewShape& shape);
/// Fields of the view's groups, a list with commas, each once; ascending. Empty: none.
Result<std::vector<std::size_t>> parse_group_by(std::string_view text, const ViewShape& shape);
/// A tumbling window in the calendar of the view.
Result<WindowSpec> parse_row_window(const std::string& text, const ViewShape& shape);

Error invalid_parameter(std::string message, std::string hint);

}  // namespace hapax
