// SPDX-License-Identifier: Apache-2.0
#include "read/whole_rows_query.hpp"

#include <algorithm>
#include <string_view>

#include "read/group_match.hpp"
#include "read/row_source.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {

Result<WholeRowsQuery> whole_rows_query(const RowQuery& query) {
  HAPAX_ASSIGN(WindowAssigner windows, WindowAssigner::create(query.row_window()));
  const EventTime from = std::ranges::min(query.ranges, {}, &TimeRange::from).from;
  const EventTime to = std::ranges::max(query.ranges, {}, &TimeRange::to).to;
  return WholeRowsQuery{.view = query.view->id,
                        .from = start_key(from),
                        .to = end_key(to, query, windows),
                        .wants = [match = GroupMatch(query.where)](std::string_view group) {
                          const auto values =
                              match.is_near(group) ? decode_group(group) : std::nullopt;
                          return values && match.may_match(*values);
                        }};
}

}  // namespace hapax
