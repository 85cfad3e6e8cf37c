// SPDX-License-Identifier: Apache-2.0
#include "views/spec/new_spec.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "views/spec/never_true.hpp"

namespace hapax {
namespace {

/// What a line of CSV has beside groups and measures, and the order that is of none.
constexpr std::string_view kOfRows[] = {"range",    "start",   "end",     "state",
                                        "revision", "current", "partial", "other",
                                        "sampled",  "notes",   "time"};

Result<void> check_measure_name(const std::string& name, const ViewSpec& spec,
                                const SpecPlace& place) {
  const auto is_it = [&](const Field& field) { return field_text(field) == name; };
  if (std::ranges::find(kOfRows, name) == std::end(kOfRows) &&
      std::ranges::none_of(spec.group_by, is_it)) {
    return {};
  }
  return place.error(fmt::format("rows have a \"{}\" of their own", name), "take another name");
}

}  // namespace

Result<void> check_new_spec(const ViewSpec& spec) {
  const SpecPlace place("view \"" + spec.name + "\"");
  if (auto why = why_never_true(spec.where, place.member("where"))) {
    return std::move(*why);
  }
  for (const Measure& measure : spec.measures) {
    HAPAX_TRY(
        check_measure_name(measure.name, spec, place.member("measures").member(measure.name)));
  }
  return {};
}

}  // namespace hapax
