// SPDX-License-Identifier: Apache-2.0
#include "read/row_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

#include "core/nearest.hpp"
#include "json/json_text.hpp"
#include "read/roll_up.hpp"

namespace hapax {
namespace {

constexpr std::string_view kGroup = "group.";

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text.append(text.empty() ? "" : ", ").append(name);
  }
  return text;
}

std::vector<std::string> group_names(const ViewShape& shape) {
  std::vector<std::string> names;
  names.reserve(shape.group_fields.size());
  for (const Field& field : shape.group_fields) {
    names.push_back(std::string(kGroup).append(field_text(field)));
  }
  return names;
}

Error no_group_field(const std::string& name, const ViewShape& shape) {
  const std::vector<std::string> names = group_names(shape);
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto meant = nearest(name, views);
  return invalid_parameter(fmt::format("parameter {}: the view does not group by that", name),
                           meant           ? "did you mean " + std::string(*meant) + "?"
                           : names.empty() ? "it has one group"
                                           : "there are " + joined(names));
}

/// The parameter of the path that `name` is, or whose last name it is.
std::optional<std::string> meant_path(const std::string& name, const ViewShape& shape) {
  for (const Field& field : shape.group_fields) {
    if (field.is_path() && (field_text(field) == name || field.path.back() == name)) {
      return std::string(kGroup).append(field_text(field));
    }
  }
  return std::nullopt;
}

Result<std::size_t> find_group_field(const std::string& name, const std::string& parameter,
                                     const ViewShape& shape) {
  const auto field = parse_group_field(name);
  const auto& fields = shape.group_fields;
  const auto found = field ? std::ranges::find(fields, *field) : fields.end();
  return found != fields.end()
             ? Result<std::size_t>(static_cast<std::size_t>(found - fields.begin()))
             : no_group_field(parameter, shape);
}

/// Fields of the record are texts; what a path holds is typed as JSON is.
Result<OwnedValue> parse_group_value(const QueryParameter& parameter, const Field& field) {
  const std::string& text = parameter.value;
  if (text.empty() || (field.is_path() && text == "null")) {
    return OwnedValue();
  }
  if (!field.is_path()) {
    return OwnedValue(text);
  }
  if (text == "true" || text == "false") {
    return OwnedValue(text == "true");
  }
  double number = 0;
  if (is_json_number(text)) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc()
               ? own(Value(number))
               : Result<OwnedValue>(invalid_parameter(
                     fmt::format("parameter {}={} is beyond the numbers", parameter.name, text),
                     "a text of digits is written in double quotes"));
  }
  if (!text.starts_with('"')) {
    return OwnedValue(text);
  }
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_string()) {
    return invalid_parameter(fmt::format("parameter {}={} is no JSON text", parameter.name, text),
                             "close the quote, or leave the quotes out");
  }
  return OwnedValue(json.get<std::string>());
}

Result<std::size_t> find_measure(std::string_view name, const ViewShape& shape,
                                 std::string_view parameter) {
  const std::vector<Measure>& measures = shape.spec.measures;
  const auto found = std::ranges::find(measures, name, &Measure::name);
  if (found != measures.end()) {
    return static_cast<std::size_t>(found - measures.begin());
  }
  std::vector<std::string> names;
  names.reserve(measures.size());
  for (const Measure& measure : measures) {
    names.push_back(measure.name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto meant = nearest(name, views);
  return invalid_parameter(
      fmt::format("parameter {}: the view has no measure \"{}\"", parameter, name),
      meant ? "did you mean " + std::string(*meant) + "?" : "there are " + joined(names));
}

/// Of a whole number and a unit; zero when it is none.
Microseconds length_of(std::string_view text) {
  constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}, {"w", 604'800}};
  std::int32_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec == std::errc() && count > 0) {
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    for (const auto& [unit, seconds] : kUnits) {
      if (text == unit) {
        return std::chrono::seconds(count * seconds);
      }
    }
  }
  return Microseconds::zero();
}

}  // namespace

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names(text.empty() ? 0 : 1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',' && !quoted) {
      names.emplace_back();
      continue;
    }
    quoted = quoted != (text[i] == '"');
    names.back() += text[i];
    if (quoted && text[i] == '\\' && i + 1 < text.size()) {
      names.back() += text[++i];
    }
  }
  return names;
}

bool is_row_window(std::string_view text) {
  return text == "1mo" || length_of(text) != Microseconds::zero();
}

Error invalid_parameter(std::string message, std::string hint) {
  return {ErrorKind::kInvalid, std::move(message), std::move(hint)};
}

bool is_group_parameter(std::string_view name) {
  if (name.starts_with(kGroup)) {
    return true;
  }
  const auto field = parse_group_field(name);
  return field && !field->is_path();
}

Result<std::vector<GroupValue>> group_parameters(const std::vector<QueryParameter>& parameters,
                                                 const ViewShape& shape) {
  std::vector<GroupValue> where;
  for (const QueryParameter& parameter : parameters) {
    if (!is_group_parameter(parameter.name)) {
      continue;
    }
    const bool is_short = !parameter.name.starts_with(kGroup);
    const std::string name = is_short ? parameter.name : parameter.name.substr(kGroup.size());
    HAPAX_ASSIGN(const std::size_t index, find_group_field(name, parameter.name, shape));
    if (std::ranges::find(where, index, &GroupValue::field) != where.end()) {
      return invalid_parameter(fmt::format("parameter {} is given twice", parameter.name),
                               "ask for one value at a time, or for all");
    }
    HAPAX_ASSIGN(OwnedValue value, parse_group_value(parameter, shape.group_fields[index]));
    where.push_back({.field = index, .value = std::move(value)});
  }
  std::ranges::sort(where, {}, &GroupValue::field);
  return where;
}

bool is_ranked(MeasureKind kind) {
  return kind != MeasureKind::kFirst && kind != MeasureKind::kLast && kind != MeasureKind::kTop;
}

Result<void> check_row_parameters(std::string_view query, const ViewShape& shape,
                                  std::vector<std::string_view> known) {
  const std::vector<QueryParameter> parameters = query_parameters(query);
  std::vector<std::string> fields;  // Perhaps one of them was meant.
  for (const Field& field : shape.group_fields) {
    if (!field.is_path()) {
      fields.push_back(field_text(field));
    }
  }
  known.insert(known.end(), fields.begin(), fields.end());
  std::set<std::string_view> once;
  for (const QueryParameter& parameter : parameters) {
    if (parameter.name != "range" && !once.insert(parameter.name).second) {
      return invalid_parameter(fmt::format("parameter {} is there twice", parameter.name),
                               "say it once");
    }
    const bool is_known = std::ranges::find(known, parameter.name) != known.end();
    if (const auto meant = is_known ? std::nullopt : meant_path(parameter.name, shape)) {
      return invalid_parameter("parameter \"" + parameter.name + "\" is unknown",
                               "did you mean " + *meant + "?");
    }
    if (!is_known && is_group_parameter(parameter.name)) {
      known.push_back(parameter.name);
    }
  }
  return check_parameters(query, known);
}

Result<std::optional<RowOrder>> parse_order(const std::string& text, const ViewShape& shape) {
  if (text == "time") {
    return std::optional<RowOrder>();
  }
  const bool descending = text.starts_with('-');
  HAPAX_ASSIGN(const std::size_t measure,
               find_measure(std::string_view(text).substr(descending ? 1 : 0), shape, "order"));
  if (!is_ranked(shape.spec.measures[measure].kind)) {
    return invalid_parameter(fmt::format("parameter order: {} is {}, whose answers have no order",
                                         shape.spec.measures[measure].name,
                                         measure_traits(shape.spec.measures[measure].kind).name),
                             "order by a measure whose answers are numbers, or by time");
  }
  return std::optional(RowOrder{.measure = measure, .descending = descending});
}

Result<std::vector<std::size_t>> parse_measures(const std::optional<std::string>& text,
                                                const ViewShape& shape) {
  std::vector<std::size_t> measures;
  if (!text) {
    measures.resize(shape.spec.measures.size());
    std::iota(measures.begin(), measures.end(), std::size_t{0});
    return measures;
  }
  for (std::size_t at = 0; at <= text->size();) {
    const std::size_t comma = std::min(text->find(',', at), text->size());
    HAPAX_ASSIGN(const std::size_t measure,
                 find_measure(std::string_view(*text).substr(at, comma - at), shape, "measures"));
    if (std::ranges::find(measures, measure) != measures.end()) {
      return invalid_parameter(
          "parameter measures: " + shape.spec.measures[measure].name + " is there twice",
          "name each once");
    }
    measures.push_back(measure);
    at = comma + 1;
  }
  return measures;
}

Result<std::vector<std::size_t>> parse_group_by(std::string_view text, const ViewShape& shape) {
  std::vector<std::size_t> fields;
  for (const std::string& name : split_names(text)) {
    HAPAX_ASSIGN(const std::size_t field, find_group_field(name, "group_by=" + name, shape));
    if (std::ranges::find(fields, field) != fields.end()) {
      return invalid_parameter("parameter group_by: " + name + " is there twice", "name each once");
    }
    fields.push_back(field);
  }
  std::ranges::sort(fields);
  return fields;
}

Result<WindowSpec> parse_row_window(const std::string& text, const ViewShape& shape) {
  constexpr Microseconds kDay = std::chrono::hours(24);
  const Microseconds length = length_of(text);
  if (!is_row_window(text)) {
    return invalid_parameter(fmt::format("parameter window=\"{}\" is no length of a window", text),
                             "use one as 15m, 1h, 1d, 1w or 1mo");
  }
  if (shape.spec.per && !shape.spec.window.session_gap) {
    return invalid_parameter(
        "parameter window: a key that is in several windows of the view would be counted as often",
        "ask without `window`, or declare a view with that window");
  }
  WindowSpec window = tumbling(length);
  if (text == "1mo" || length == kDay || length == 7 * kDay) {
    window = WindowSpec();
    window.kind = text == "1mo"    ? WindowKind::kMonth
                  : length == kDay ? WindowKind::kDay
                                   : WindowKind::kWeek;
    window.zone = shape.spec.window.zone;
    window.week_starts = shape.spec.window.week_starts;
  }
  HAPAX_TRY(check_roll_up(shape.spec.window, window));
  return window;
}

}  // namespace hapax
