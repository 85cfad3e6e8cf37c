// SPDX-License-Identifier: Apache-2.0
#include "read/live_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "bytes/bytes.hpp"
#include "http/query_string.hpp"
#include "read/request_parameters.hpp"
#include "read/row_parameters.hpp"

namespace hapax {
namespace {

constexpr std::size_t kTopDefault = 100;
/// Windows by default: of those that are over within the hour, and of longer ones.
constexpr std::size_t kShortWindows = 15;
constexpr std::size_t kLongWindows = 2;

std::size_t windows_default(const WindowSpec& window) {
  const bool is_short =
      window.kind == WindowKind::kFixed && window.advance < Microseconds(std::chrono::hours(1));
  return is_short ? kShortWindows : kLongWindows;
}

/// The most of what counts events, else of the first measure that has an order.
std::optional<RowOrder> order_default(const ViewShape& shape) {
  const std::vector<Measure>& measures = shape.spec.measures;
  auto found = std::ranges::find(measures, MeasureKind::kCount, &Measure::kind);
  if (found == measures.end()) {
    found = std::ranges::find_if(measures, is_ranked, &Measure::kind);
  }
  return found == measures.end()
             ? std::nullopt
             : std::optional(RowOrder{.measure = static_cast<std::size_t>(found - measures.begin()),
                                      .descending = true});
}

Result<std::size_t> windows_parameter(std::string_view query, const RowQuery& rows) {
  if (rows.has_windows()) {
    return count_parameter(query, "windows", windows_default(rows.row_window()), kLiveWindowsMax);
  }
  if (query_parameter(query, "windows")) {
    return invalid_parameter("parameter windows: the view has no windows",
                             "leave it out: its rows are of all of time");
  }
  return std::size_t{1};
}

std::string key_of(const LiveQuery& query) {
  std::string key;
  ByteWriter out(key);
  out.put_string(query.rows.view->id);
  out.put_u64(query.windows);
  out.put_u64(query.top());
  out.put_u8(query.rows.order ? 1 : 0);
  const RowOrder order = query.rows.order.value_or(RowOrder());
  out.put_u64(order.measure);
  out.put_u8(order.descending ? 1 : 0);
  out.put_u64(query.rows.measures.size());
  for (const std::size_t measure : query.rows.measures) {
    out.put_u64(measure);
  }
  for (const GroupValue& wanted : query.rows.where) {
    out.put_u64(wanted.field);
    encode_value(wanted.value, out);
  }
  return key;
}

}  // namespace

Result<LiveQuery> parse_live_request(std::string_view query,
                                     std::shared_ptr<const ServedView> view) {
  LiveQuery live{.rows = {.view = std::move(view)}};
  const ViewShape& shape = live.rows.shape();
  HAPAX_ASSIGN(live.rows.where, group_parameters(query_parameters(query), shape));
  HAPAX_TRY(check_row_parameters(query, shape, {"order", "top", "windows", "measures", "readKey"}));
  HAPAX_ASSIGN(live.rows.measures, parse_measures(query_parameter(query, "measures"), shape));
  live.rows.order = order_default(shape);
  if (const auto order = query_parameter(query, "order")) {
    HAPAX_ASSIGN(live.rows.order, parse_order(*order, shape));
  }
  HAPAX_ASSIGN(live.windows, windows_parameter(query, live.rows));
  HAPAX_ASSIGN(live.rows.rows_max, count_parameter(query, "top", kTopDefault, kLiveRowsMax));
  if (live.top() * live.windows > kLiveRowsMax) {
    return invalid_parameter(fmt::format("top={} groups of {} windows are more than a stream shows",
                                         live.top(), live.windows),
                             fmt::format("use top * windows of {} at most", kLiveRowsMax));
  }
  live.key = key_of(live);
  return live;
}

}  // namespace hapax
