// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "read/row_query.hpp"

namespace hapax {

/// About how long the JSON, or the CSV, of `answer` is.
std::size_t row_bytes(const RowAnswer& answer);

/// The answer to `query` as in docs/http-api.md, "Read a declared view".
std::string to_json(const RowAnswer& answer, const RowQuery& query);

/// The rows as RFC 4180 has them, with a header line.
std::string to_csv(const RowAnswer& answer, const RowQuery& query);
/// What CSV has no place for, as headers of the HTTP answer: name and value.
std::vector<std::pair<std::string, std::string>> csv_headers(const RowAnswer& answer,
                                                             const RowQuery& query);

}  // namespace hapax
