// SPDX-License-Identifier: Apache-2.0
#include "views/spec/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/nearest.hpp"
#include "views/spec/spec_text.hpp"

namespace hapax {
namespace {

struct KnownMeasure {
  std::string_view name;
  MeasureKind kind;
  std::string_view example;
  std::size_t arguments;  ///< Of which the last may be missing where it is optional.
  bool of_numbers;
  bool optional = false;
};
constexpr KnownMeasure kMeasures[] = {
    {"count", MeasureKind::kCount, "count", 0, false},
    {"sum", MeasureKind::kSum, "sum(properties.price)", 1, true},
    {"avg", MeasureKind::kAvg, "avg(properties.price)", 1, true},
    {"min", MeasureKind::kMin, "min(properties.price)", 1, true},
    {"max", MeasureKind::kMax, "max(properties.price)", 1, true},
    {"first", MeasureKind::kFirst, "first(context.page.path)", 1, false},
    {"last", MeasureKind::kLast, "last(context.page.path)", 1, false},
    {"uniques", MeasureKind::kUniques, "uniques(user), or uniques(user, 1000000)", 2, false, true},
    {"quantile", MeasureKind::kQuantile, "quantile(properties.ms, 0.95)", 2, true},
    {"top", MeasureKind::kTop, "top(context.page.path, 10)", 2, false},
    {"rate", MeasureKind::kRate, "rate", 0, false}};

Error invalid(std::string message, std::string hint = "") {
  return {.kind = ErrorKind::kInvalid, .message = std::move(message), .hint = std::move(hint)};
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// What is between commas outside of quotes.
std::vector<std::string_view> split_arguments(std::string_view inside) {
  std::vector<std::string_view> arguments;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t at = 0; at < inside.size(); ++at) {
    quoted = quoted != (inside[at] == '"');
    at += quoted && inside[at] == '\\' ? 1 : 0;
    if (at < inside.size() && inside[at] == ',' && !quoted) {
      arguments.push_back(trim(inside.substr(start, at - start)));
      start = at + 1;
    }
  }
  if (!trim(inside).empty()) {
    arguments.push_back(trim(inside.substr(start)));
  }
  return arguments;
}

Result<const KnownMeasure*> find_measure(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& known : kMeasures) {
    if (known.name == name) {
      return &known;
    }
    names.push_back(known.name);
  }
  const auto meant = nearest(name, names);
  return invalid(fmt::format("there is no measure \"{}\"", name),
                 meant ? fmt::format("did you mean \"{}\"?", *meant)
                       : fmt::format("there are {}", joined(names)));
}

Result<Field> read_measured(std::string_view text, const KnownMeasure& known) {
  HAPAX_ASSIGN(Field field, parse_field(text));
  if (known.of_numbers && !field.is_path() && !field.is_of_key()) {
    return invalid(
        fmt::format("{} is of numbers, and {} is always a text", known.name, field_text(field)),
        fmt::format("write it as {}", known.example));
  }
  return field;
}

/// All of `text`, or nothing.
template <typename T>
std::optional<T> read_number(std::string_view text) {
  T number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(number)
                                                                         : std::nullopt;
}

Result<double> read_quantile(std::string_view text) {
  const double p = read_number<double>(text).value_or(0);
  const bool is_inside = p > 0 && p < 1;  // Not of nan.
  if (!is_inside) {
    return invalid(fmt::format("\"{}\" is no quantile: it must be above 0 and below 1", text),
                   "the 95th percentile is 0.95; for the ends there are min and max");
  }
  return p;
}

Result<std::uint32_t> read_values_max(std::string_view text, std::uint32_t limit,
                                      std::string_view example) {
  const auto number = read_number<std::uint32_t>(text).value_or(0);
  if (number < 1 || number > limit) {
    return invalid(fmt::format("\"{}\" values are not a number from 1 to {}", text, limit),
                   fmt::format("write it as {}", example));
  }
  return number;
}

Result<void> read_parameter(std::string_view text, Measure& measure) {
  if (measure.kind == MeasureKind::kQuantile) {
    HAPAX_ASSIGN(measure.p, read_quantile(text));
  } else if (measure.kind == MeasureKind::kTop) {
    HAPAX_ASSIGN(measure.k, read_values_max(text, Measure::kTopMax, "top(context.page.path, 10)"));
  } else {
    HAPAX_ASSIGN(measure.exact_max,
                 read_values_max(text, Measure::kExactMax, "uniques(user, 1000000)"));
  }
  return {};
}

bool fits(const KnownMeasure& known, std::size_t arguments) {
  return arguments == known.arguments || (known.optional && arguments + 1 == known.arguments);
}

}  // namespace

Result<Measure> parse_measure(std::string_view text) {
  text = trim(text);
  const auto open = text.find('(');
  HAPAX_ASSIGN(const KnownMeasure* known, find_measure(trim(text.substr(0, open))));
  const bool has_brackets = open != std::string_view::npos;
  const auto arguments = has_brackets && text.ends_with(')')
                             ? split_arguments(text.substr(open + 1, text.size() - open - 2))
                             : std::vector<std::string_view>();
  if (!fits(*known, arguments.size()) || (has_brackets && !text.ends_with(')'))) {
    return invalid(fmt::format("\"{}\" does not fit", text),
                   fmt::format("write it as {}", known->example));
  }
  Measure measure{.name = {}, .kind = known->kind};
  if (!arguments.empty()) {
    HAPAX_ASSIGN(measure.field, read_measured(arguments[0], *known));
  }
  if (arguments.size() > 1) {
    HAPAX_TRY(read_parameter(arguments[1], measure));
  }
  return measure;
}

std::string measure_text(const Measure& measure) {
  const auto* known = std::find_if(std::begin(kMeasures), std::end(kMeasures),
                                   [&](const auto& one) { return one.kind == measure.kind; });
  switch (measure.kind) {
    case MeasureKind::kCount:
    case MeasureKind::kRate:
      return std::string(known->name);
    case MeasureKind::kQuantile:
      return fmt::format("{}({}, {})", known->name, field_text(*measure.field),
                         number_text(measure.p));
    case MeasureKind::kTop:
      return fmt::format("{}({}, {})", known->name, field_text(*measure.field), measure.k);
    case MeasureKind::kUniques:
      return measure.exact_max == kUniquesExactMax
                 ? fmt::format("{}({})", known->name, field_text(*measure.field))
                 : fmt::format("{}({}, {})", known->name, field_text(*measure.field),
                               measure.exact_max);
    default:
      return fmt::format("{}({})", known->name, field_text(*measure.field));
  }
}

std::optional<std::string_view> why_not_over_keys(MeasureKind kind) {
  switch (kind) {
    case MeasureKind::kCount:
    case MeasureKind::kSum:
    case MeasureKind::kAvg:
    case MeasureKind::kQuantile:
    case MeasureKind::kRate:
      return std::nullopt;
    case MeasureKind::kMin:
    case MeasureKind::kMax:
      return "a late event may change what a key contributes, and the next smallest or greatest "
             "value is not kept";
    case MeasureKind::kFirst:
    case MeasureKind::kLast:
      return "a late event may change what a key contributes, and the value before it is not kept";
    case MeasureKind::kUniques:
    case MeasureKind::kTop:
      return "a late event may change what a key contributes, and a value cannot be taken out of a "
             "sketch again";
  }
  return std::nullopt;
}

}  // namespace hapax
