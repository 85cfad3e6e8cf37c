// SPDX-License-Identifier: Apache-2.0
#include "read/query_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "http/query_string.hpp"
#include "read/live_query.hpp"
#include "read/request_parameters.hpp"
#include "read/row_parameters.hpp"
#include "read/row_query.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {
namespace {

constexpr std::array<std::string_view, 12> kKept{"from",  "to",       "range",    "order",
                                                 "limit", "window",   "measures", "consistency",
                                                 "heavy", "group_by", "top",      "windows"};
constexpr std::string_view kGroup = "group.";

using Checked = Result<void>;

Checked check_field(const std::string& name, std::string_view parameter) {
  if (const auto field = parse_group_field(name); !field) {
    return invalid_parameter(fmt::format("parameter {}: {}", parameter, field.error().message),
                             field.error().hint);
  }
  return {};
}

Checked check_measure(std::string_view name, std::string_view parameter) {
  if (!is_view_name(name)) {
    return invalid_parameter(
        fmt::format("parameter {}: \"{}\" is no name of a measure", parameter, name),
        "name measures as the view does, with commas between them");
  }
  return {};
}

Checked check_measures(const QueryParameter& parameter) {
  for (const std::string& name : split_names(parameter.value)) {
    HAPAX_TRY(check_measure(name, parameter.name));
  }
  return parameter.value.empty() ? check_measure("", parameter.name) : Checked();
}

Checked check_order(const QueryParameter& parameter) {
  const std::string_view text = parameter.value;
  return text == "time" ? Checked()
                        : check_measure(text.substr(text.starts_with('-') ? 1 : 0), "order");
}

Checked check_group_by(const QueryParameter& parameter) {
  for (const std::string& name : split_names(parameter.value)) {
    HAPAX_TRY(check_field(name, parameter.name));
  }
  return {};
}

Checked check_number(const QueryParameter& parameter, std::size_t most) {
  return parse_count(parameter.value, most) ? Checked()
                                            : not_a_count(parameter.name, parameter.value, most);
}

Checked check_word(const QueryParameter& parameter, std::string_view one, std::string_view other) {
  return parameter.value == one || parameter.value == other
             ? Checked()
             : invalid_parameter(
                   fmt::format("parameter {}=\"{}\" is unknown", parameter.name, parameter.value),
                   fmt::format("use {} or {}", one, other));
}

Checked check_time(const QueryParameter& parameter, const std::string& text) {
  const auto time = parse_query_time(parameter.name, text);
  return time ? Checked() : time.error();
}

Checked check_range(const QueryParameter& parameter) {
  const std::size_t slash = parameter.value.find('/');
  if (slash == std::string::npos) {
    return invalid_parameter(
        fmt::format("parameter range=\"{}\" is not two times with a slash", parameter.value),
        "write it as 2026-11-24T00:00:00Z/2026-11-25T00:00:00Z");
  }
  for (const auto& text : {parameter.value.substr(0, slash), parameter.value.substr(slash + 1)}) {
    HAPAX_TRY(text.empty() ? Checked() : check_time(parameter, text));
  }
  return {};
}

Checked check_window_length(const QueryParameter& parameter) {
  return is_row_window(parameter.value)
             ? Checked()
             : invalid_parameter(
                   fmt::format("parameter window=\"{}\" is no length of a window", parameter.value),
                   "use one as 15m, 1h, 1d, 1w or 1mo");
}

Checked check_value(const QueryParameter& parameter) {
  const std::string& name = parameter.name;
  if (name == "from" || name == "to") {
    return check_time(parameter, parameter.value);
  }
  if (name == "limit") {
    return check_number(parameter, RowQuery::kRowsMax);
  }
  if (name == "top" || name == "windows") {
    return check_number(parameter, name == "top" ? kLiveRowsMax : kLiveWindowsMax);
  }
  if (name == "consistency") {
    return check_word(parameter, "latest", "final");
  }
  if (name == "heavy") {
    return check_word(parameter, "true", "false");
  }
  return name == "range"      ? check_range(parameter)
         : name == "order"    ? check_order(parameter)
         : name == "window"   ? check_window_length(parameter)
         : name == "measures" ? check_measures(parameter)
         : name == "group_by" ? check_group_by(parameter)
                              : Checked();
}

}  // namespace

std::span<const std::string_view> kept_parameters() {
  return kKept;
}

Result<void> check_query_form(std::string_view query, std::span<const std::string_view> known) {
  std::vector<std::string_view> names(known.begin(), known.end());
  std::set<std::string> once;
  const auto parameters = query_parameters(query);
  for (const QueryParameter& parameter : parameters) {
    if (parameter.name != "range" && !once.insert(parameter.name).second) {
      return invalid_parameter(fmt::format("parameter {} is there twice", parameter.name),
                               "say it once");
    }
    if (std::ranges::find(known, parameter.name) != known.end()) {
      HAPAX_TRY(check_value(parameter));
    } else if (is_group_parameter(parameter.name)) {
      const bool is_short = !parameter.name.starts_with(kGroup);
      HAPAX_TRY(check_field(parameter.name.substr(is_short ? 0 : kGroup.size()), parameter.name));
      names.push_back(parameter.name);
    }
  }
  return check_parameters(query, names);
}

}  // namespace hapax
