// SPDX-License-Identifier: Apache-2.0
#include "read/row_values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iterator>
#include <variant>

#include "json/json_text.hpp"

namespace hapax {
namespace {

struct AppendScalar {
  void operator()(std::monostate) const { to += "null"; }
  void operator()(bool truth) const { to += truth ? "true" : "false"; }
  void operator()(double number) const { append_json_double(number, to); }
  void operator()(std::uint64_t count) const { to += std::to_string(count); }
  void operator()(const std::string& text) const { append_json_string(text, to); }
  void operator()(const std::vector<TopValue>& values) const {
    to += '[';
    for (const TopValue& top : values) {
      to += to.back() == '[' ? R"({"value":)" : R"(,{"value":)";
      append_json_value(top.value, to);
      fmt::format_to(std::back_inserter(to), R"(,"count":{})", top.count);
      if (top.error != 0) {
        fmt::format_to(std::back_inserter(to), R"(,"error":{})", top.error);
      }
      to += top.is_cut ? R"(,"cut":true})" : "}";
    }
    to += ']';
  }

  std::string& to;
};

void append_notes(const MeasureResult& result, std::string& to) {
  const auto member = [&](std::string_view name) -> std::string& {
    to += to.back() == '{' ? "\"" : ",\"";
    return to.append(name).append("\":");
  };
  to += '{';
  if (!result.exact) {
    member("exact") += "false";
  }
  if (result.relative_error != 0) {
    append_json_double(result.relative_error, member("relative_error"));
  }
  if (result.sampling_error != 0) {
    append_json_double(result.sampling_error, member("sampling_error"));
  }
  if (result.overflow) {
    const auto* number = std::get_if<double>(&result.answer);
    member("overflow") += number != nullptr && *number < 0 ? R"("below")" : R"("above")";
  }
  if (result.other != 0) {
    member("other") += std::to_string(result.other);
  }
  if (result.skipped != 0) {
    member("skipped") += std::to_string(result.skipped);
  }
  to += '}';
}

}  // namespace

void append_json_double(double number, std::string& to) {
  constexpr std::size_t kDigitsMax = 32;
  char digits[kDigitsMax];
  if (!std::isfinite(number)) {
    to += "null";
    return;
  }
  const auto written = std::to_chars(digits, digits + kDigitsMax, number == 0 ? 0.0 : number);
  to.append(digits, written.ptr);
}

void append_json_value(const OwnedValue& value, std::string& to) {
  std::visit(AppendScalar{to}, value);
}

void append_json_answer(const MeasureResult& result, std::string& to) {
  std::visit(AppendScalar{to}, result.answer);
}

bool has_notes(const MeasureResult& result) {
  return !result.exact || result.relative_error != 0 || result.sampling_error != 0 ||
         result.overflow || result.other != 0 || result.skipped != 0;
}

void append_json_notes(const Row& row, const RowQuery& query, std::string& to) {
  to += '{';
  for (std::size_t i = 0; i < row.results.size(); ++i) {
    if (has_notes(row.results[i])) {
      to += to.back() == '{' ? "" : ",";
      append_json_string(measure_name(query, i), to);
      to += ':';
      append_notes(row.results[i], to);
    }
  }
  to += '}';
}

std::string_view measure_name(const RowQuery& query, std::size_t column) {
  return query.shape().spec.measures[query.measures[column]].name;
}

}  // namespace hapax
