// SPDX-License-Identifier: Apache-2.0
#include "read/row_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/time_math.hpp"
#include "http/query_string.hpp"
#include "read/request_parameters.hpp"
#include "read/row_cursor.hpp"
#include "read/row_parameters.hpp"

namespace hapax {
namespace {

constexpr Microseconds kHour = std::chrono::hours(1);
/// Windows of an hour and more that are asked for by default.
constexpr int kWindowsDefault = 24;

/// About as long as the windows are: months have at most 31 days.
Microseconds length_of(const WindowSpec& window) {
  constexpr Microseconds kDay = std::chrono::hours(24);
  switch (window.kind) {
    case WindowKind::kDay:
      return kDay;
    case WindowKind::kWeek:
      return 7 * kDay;
    case WindowKind::kMonth:
      return 31 * kDay;
    case WindowKind::kNone:
    case WindowKind::kFixed:
      break;
  }
  return window.length;
}

class RowRequest {
 public:
  RowRequest(std::string_view text, std::shared_ptr<const ServedView> view, EventTime now)
      : text_(text), parameters_(query_parameters(text)) {
    query_.view = std::move(view);
    query_.now = now;
  }

  Result<RowQuery> read() && {
    HAPAX_ASSIGN(query_.where, group_parameters(parameters_, query_.shape()));
    HAPAX_TRY(check_names());
    HAPAX_TRY(read_measures());
    HAPAX_TRY(read_window());
    HAPAX_TRY(read_group_by());
    HAPAX_TRY(read_heavy());
    HAPAX_TRY(read_cursor());
    HAPAX_TRY(read_ranges());
    HAPAX_TRY(read_consistency());
    HAPAX_TRY(read_limit());
    HAPAX_TRY(read_format());
    HAPAX_TRY(go_on());
    return std::move(query_);
  }

 private:
  std::optional<std::string> value(std::string_view name) const {
    return query_parameter(text_, name);
  }
  const WindowSpec& own_window() const { return query_.shape().spec.window; }

  Result<void> check_names() const {
    return check_row_parameters(
        text_, query_.shape(),
        {"from", "to", "range", "order", "limit", "cursor", "window", "measures", "after",
         "consistency", "format", "group_by", "heavy"});
  }

  Result<void> read_measures() {
    if (const auto order = value("order")) {
      HAPAX_ASSIGN(query_.order, parse_order(*order, query_.shape()));
    }
    HAPAX_ASSIGN(query_.measures, parse_measures(value("measures"), query_.shape()));
    return {};
  }

  Result<void> read_window() {
    const auto text = value("window");
    if (!text) {
      return {};
    }
    HAPAX_ASSIGN(WindowSpec window, parse_row_window(*text, query_.shape()));
    if (window == own_window()) {
      return {};
    }
    query_.window = std::move(window);
    return {};
  }

  Result<void> read_group_by() {
    const auto text = value("group_by");
    if (!text) {
      return {};
    }
    HAPAX_ASSIGN(std::vector<std::size_t> fields, parse_group_by(*text, query_.shape()));
    if (fields.size() < query_.shape().group_fields.size()) {
      query_.group_by = std::move(fields);
    }
    return {};
  }

  Result<void> read_heavy() {
    const std::string text = value("heavy").value_or("false");
    if (text != "true" && text != "false") {
      return invalid_parameter(fmt::format("parameter heavy=\"{}\" is unknown", text),
                               "use true or false");
    }
    query_.wants_heavy = text == "true";
    if (query_.wants_heavy && query_.group_by) {
      return invalid_parameter("parameter heavy: heavy groups are of all fields",
                               "leave `group_by` out, or `heavy`");
    }
    return {};
  }

  Result<void> read_cursor() {
    const auto text = value("cursor");
    if (!text) {
      return {};
    }
    if (query_.order) {
      return invalid_parameter("parameter cursor goes with order=time only",
                               "ask for more rows with `limit`");
    }
    HAPAX_ASSIGN(cursor_, decode_row_cursor(*text));
    return {};
  }

  Result<void> read_ranges() {
    const bool has_ranges = value("range").has_value();
    if (!query_.has_windows()) {
      for (const char* name : {"from", "to", "range"}) {
        if (value(name)) {
          return invalid_parameter(fmt::format("parameter {}: the view has no windows", name),
                                   "leave it out: its rows are of all of time");
        }
      }
      return {};
    }
    if (has_ranges && (value("from") || value("to"))) {
      return invalid_parameter("parameter range stands for from and to, which are there too",
                               "use one or the other");
    }
    HAPAX_ASSIGN(WindowAssigner windows, WindowAssigner::create(query_.row_window()));
    return has_ranges ? read_several(windows) : read_one(windows);
  }

  Result<void> read_one(WindowAssigner& windows) {
    const Microseconds length = length_of(query_.row_window());
    TimeRange range{
        .from = saturating_add(query_.now, -(length < kHour ? kHour : kWindowsDefault * length))};
    if (cursor_ && !value("from") && !value("to")) {
      query_.ranges = cursor_->ranges;
      return {};
    }
    if (cursor_) {
      range = cursor_->ranges.front();
    }
    if (const auto from = value("from")) {
      HAPAX_ASSIGN(range.from, parse_query_time("from", *from));
    }
    if (const auto to = value("to")) {
      HAPAX_ASSIGN(range.to, parse_query_time("to", *to));
    }
    query_.ranges.clear();
    return add_range(range, windows);
  }

  Result<void> read_several(WindowAssigner& windows) {
    query_.ranges.clear();
    for (const QueryParameter& parameter : parameters_) {
      if (parameter.name != "range") {
        continue;
      }
      const std::size_t slash = parameter.value.find('/');
      if (slash == std::string::npos) {
        return invalid_parameter(
            fmt::format("parameter range=\"{}\" is not two times with a slash", parameter.value),
            "write it as 2026-11-24T00:00:00Z/2026-11-25T00:00:00Z");
      }
      TimeRange range;
      if (slash > 0) {
        HAPAX_ASSIGN(range.from, parse_query_time("range", parameter.value.substr(0, slash)));
      }
      if (slash + 1 < parameter.value.size()) {
        HAPAX_ASSIGN(range.to, parse_query_time("range", parameter.value.substr(slash + 1)));
      }
      HAPAX_TRY(add_range(range, windows));
    }
    return {};
  }

  Result<void> add_range(TimeRange range, WindowAssigner& windows) {
    range.from = windows.windows_of(range.from).back().start;
    if (range.to < range.from) {
      return invalid_parameter("a range ends before it begins",
                               "windows start in [from, to), in UTC");
    }
    if (query_.ranges.size() >= RowQuery::kRangesMax) {
      return invalid_parameter("too many ranges",
                               fmt::format("ask for up to {}", RowQuery::kRangesMax));
    }
    query_.ranges.push_back(range);
    return {};
  }

  Result<void> read_consistency() {
    HAPAX_ASSIGN(query_.final_only, final_only_parameter(text_));
    if (query_.final_only && !query_.has_windows()) {
      return invalid_parameter(
          "parameter consistency=final: the view has no windows that could be over", "use latest");
    }
    if (const auto after = value("after")) {
      HAPAX_ASSIGN(query_.after, decode_receipt(*after));
    }
    return {};
  }

  /// With an order, it is that of each range.
  Result<void> read_limit() {
    const std::size_t most =
        query_.order ? RowQuery::kRowsMax / query_.ranges.size() : RowQuery::kRowsMax;
    query_.rows_max = std::min(RowQuery::kRowsDefault, most);
    HAPAX_ASSIGN(query_.rows_max, count_parameter(text_, "limit", query_.rows_max, most));
    return {};
  }

  Result<void> read_format() {
    const std::string format = value("format").value_or("json");
    if (format != "json" && format != "csv") {
      return invalid_parameter(fmt::format("parameter format=\"{}\" is unknown", format),
                               "use json or csv");
    }
    query_.format = format == "csv" ? RowFormat::kCsv : RowFormat::kJson;
    return {};
  }

  /// A place means nothing in the order of another query.
  Result<void> go_on() {
    if (cursor_ && cursor_->query_hash != query_hash(query_)) {
      return invalid_parameter(
          "parameter cursor is of another query, or of the view as it was before it was changed",
          "go on with the same groups, consistency and window, and with the same ranges or without "
          "them");
    }
    if (cursor_) {
      query_.behind = std::move(cursor_->place);
    }
    return {};
  }

  const std::string_view text_;
  const std::vector<QueryParameter> parameters_;
  RowQuery query_;
  std::optional<RowCursorText> cursor_;
};

}  // namespace

Result<RowQuery> parse_row_request(std::string_view query_string,
                                   std::shared_ptr<const ServedView> view, EventTime now) {
  return RowRequest(query_string, std::move(view), now).read();
}

}  // namespace hapax
