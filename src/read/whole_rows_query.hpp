// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "read/row_query.hpp"
#include "views/runtime/whole_rows.hpp"

namespace hapax {

/// The cells that rows of `query` are combined from: of its ranges and groups. Errors: those of
/// WindowAssigner::create().
Result<WholeRowsQuery> whole_rows_query(const RowQuery& query);

}  // namespace hapax
