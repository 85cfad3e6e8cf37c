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

// The parameters of a query of a view, one by one. Errors: kInvalid, with the reason.

/// Whether it is `group.<field>`, or a field of the record by its name alone: `source`, `event`.
bool is_group_parameter(std::string_view name);
/// Those, among others.
Result<std::vector<GroupValue>> group_parameters(const std::vector<QueryParameter>& parameters,
                                                 const ViewShape& shape);

/// Whether there are only `known` ones besides those of group_parameters(), each but `range` once.
Result<void> check_row_parameters(std::string_view query, const ViewShape& shape,
                                  std::vector<std::string_view> known);

/// "time" is nothing; else a measure, with '-' in front descending.
Result<std::optional<RowOrder>> parse_order(const std::string& text, const ViewShape& shape);
/// A list with commas; nothing: all of them.
Result<std::vector<std::size_t>> parse_measures(const std::optional<std::string>& text,
                                                const ViewShape& shape);
/// Whether answers of that kind have an order.
bool is_ranked(MeasureKind kind);
/// Fields of the view's groups, a list with commas, each once; ascending. Empty: none.
Result<std::vector<std::size_t>> parse_group_by(std::string_view text, const ViewShape& shape);
/// The names of such a list: between the commas that are in no quotes. Empty: none.
std::vector<std::string> split_names(std::string_view text);
/// Whether it is the length of a window, as "15m" or "1mo".
bool is_row_window(std::string_view text);
/// A tumbling window in the calendar of the view.
Result<WindowSpec> parse_row_window(const std::string& text, const ViewShape& shape);

Error invalid_parameter(std::string message, std::string hint);

}  // namespace hapax
