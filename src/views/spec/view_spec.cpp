// SPDX-License-Identifier: Apache-2.0
#include "views/spec/view_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/spec/spec_reader.hpp"
#include "views/spec/spec_text.hpp"

namespace hapax {
namespace {

Result<void> check_name(std::string_view name, const SpecPlace& place) {
  if (is_view_name(name)) {
    return {};
  }
  return place.error(
      fmt::format("\"{}\" is no name", name),
      fmt::format("a name is a-z, 0-9 and _, begins with a letter and has at most {} bytes",
                  ViewSpec::kNameBytesMax));
}

Result<Field> read_group_field(const SpecNode& node, bool is_over_keys, const SpecPlace& place) {
  HAPAX_ASSIGN(const std::string text, read_text(node, "properties.plan", place));
  auto field = parse_group_field(text);
  if (!field) {
    return place.error(field.error());
  }
  if (field->is_of_key()) {
    return place.error(
        "the state of a key changes, so nothing is grouped by it",
        "measure it, as avg(" + field_text({.kind = field->kind, .path = field->path}) + ")");
  }
  if (names_an_event(text) && !is_over_keys) {
    return place.error(text + " is of the events of a key, and there is no \"per\"",
                       "add per = \"user\", or write it without first() or last()");
  }
  return field;
}

Result<std::vector<Field>> read_group(const SpecNode* node, bool is_over_keys,
                                      const SpecPlace& place) {
  std::vector<Field> fields;
  if (node == nullptr) {
    return fields;
  }
  const auto* list = node->as<SpecList>();
  if (list == nullptr || list->size() > ViewSpec::kGroupFieldsMax) {
    return place.error(
        fmt::format("this must be a list of at most {} fields", ViewSpec::kGroupFieldsMax),
        "write it as [\"source\", \"properties.plan\"]");
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const SpecPlace inner = place.element(i);
    HAPAX_ASSIGN(Field field, read_group_field((*list)[i], is_over_keys, inner));
    if (std::find(fields.begin(), fields.end(), field) != fields.end()) {
      return inner.error(field_text(field) + " is there twice");
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<std::optional<Field>> read_per(const SpecNode* node, const SpecPlace& place) {
  if (node == nullptr) {
    return std::optional<Field>();
  }
  HAPAX_ASSIGN(Field field, read_field(*node, place));
  if (field.is_of_key()) {
    return place.error(field_text(field) + " is the state of a key, not a key",
                       "write user, device, session, or a field as properties.account");
  }
  return std::optional<Field>(std::move(field));
}

/// What a measure contradicts in the rest of the spec.
Result<void> check_measure(const Measure& measure, const ViewSpec& spec, const SpecPlace& place) {
  if (measure.kind == MeasureKind::kRate && spec.window.kind == WindowKind::kNone) {
    return place.error("without a window there are no seconds to divide by",
                       "take count, or give the view a window");
  }
  const bool is_of_key = measure.field && measure.field->is_of_key();
  if (!spec.per) {
    return is_of_key
               ? place.error(field_text(*measure.field) + " is of a key, and there is no \"per\"",
                             "add per = \"user\"")
               : Result<void>();
  }
  if (const auto why = why_not_over_keys(measure.kind)) {
    return place.error(fmt::format("{} cannot be taken over keys: {}", measure_text(measure), *why),
                       "over keys there are count, sum, avg, quantile and rate");
  }
  if (measure.field && !is_of_key) {
    return place.error(
        fmt::format("{} is of an event, and with \"per\" the measures are over keys",
                    field_text(*measure.field)),
        "measure key.events, key.seconds, key.bounced or key.is_new, or leave \"per\" out");
  }
  return {};
}

Result<std::vector<Measure>> read_measures(const SpecNode* node, const ViewSpec& spec,
                                           const SpecPlace& place) {
  const auto* table = node != nullptr ? node->as<SpecTable>() : nullptr;
  if (table == nullptr || table->empty() || table->size() > ViewSpec::kMeasuresMax) {
    return place.error(
        fmt::format("a view has a table of 1 to {} measures", ViewSpec::kMeasuresMax),
        "write it as { signups = \"count\", users = \"uniques(user)\" }");
  }
  std::vector<Measure> measures;
  for (const SpecMember& member : *table) {
    const SpecPlace inner = place.member(member.key);
    HAPAX_TRY(check_name(member.key, inner));
    HAPAX_ASSIGN(const std::string text, read_text(member.value, "count", inner));
    auto measure = parse_measure(text);
    if (!measure) {
      return inner.error(measure.error());
    }
    measure->name = member.key;
    HAPAX_TRY(check_measure(*measure, spec, inner));
    measures.push_back(std::move(measure).value());
  }
  return measures;
}

Result<std::optional<Microseconds>> read_keep(const SpecNode* node, const WindowSpec& window,
                                              const SpecPlace& place) {
  if (node == nullptr) {
    return std::optional<Microseconds>();
  }
  if (window.kind == WindowKind::kNone) {
    return place.error("without a window nothing ends, so nothing is kept for a while after it",
                       "leave it out, or give the view a window");
  }
  HAPAX_ASSIGN(const Microseconds keep, read_period(*node, place));
  return std::optional<Microseconds>(keep);
}

struct LimitRange {
  std::uint64_t min;
  std::uint64_t max;
  std::string_view example;
};

Result<std::uint64_t> read_limit(const SpecNode& node, const LimitRange& range,
                                 const SpecPlace& place) {
  const auto* number = node.as<double>();
  const bool is_in_range = number != nullptr && *number >= static_cast<double>(range.min) &&
                           *number <= static_cast<double>(range.max);
  if (!is_in_range || *number != std::floor(*number)) {
    return place.error(
        fmt::format("this must be a whole number from {} to {}", range.min, range.max),
        std::string("write it as ").append(range.example));
  }
  return static_cast<std::uint64_t>(*number);
}

Result<std::optional<std::uint64_t>> read_groups_max(const SpecNode* node, const ViewSpec& spec,
                                                     const SpecPlace& place) {
  if (node == nullptr) {
    return std::optional<std::uint64_t>();
  }
  const LimitRange range{.min = 1, .max = ViewSpec::kGroupsMax, .example = "50000"};
  HAPAX_ASSIGN(const std::uint64_t limit, read_limit(*node, range, place));
  if (spec.per) {
    return place.error("of a view with \"per\" not the groups are limited, but the keys",
                       "leave it out, or say keys_bytes_max");
  }
  return std::optional(limit);
}

Result<std::optional<std::uint64_t>> read_keys_bytes_max(const SpecNode* node, const ViewSpec& spec,
                                                         const SpecPlace& place) {
  if (node == nullptr) {
    return std::optional<std::uint64_t>();
  }
  const LimitRange range{
      .min = ViewSpec::kKeysBytesMin, .max = ViewSpec::kKeysBytesMax, .example = "1000000000"};
  HAPAX_ASSIGN(const std::uint64_t limit, read_limit(*node, range, place));
  if (!spec.per) {
    return place.error("it limits keys, and there is no \"per\"", "leave it out");
  }
  if (spec.has_measure_of(FieldKind::kKeyIsNew)) {
    return place.error("whether a key is new is known of every key or of none", "leave it out");
  }
  return std::optional(limit);
}

/// So that the events of a key in a window, or of a session, are never of two of its lives.
Microseconds shortest_silence(const WindowSpec& window) {
  constexpr Microseconds kDay = std::chrono::hours(24);  // Those of a calendar may be longer.
  switch (window.kind) {
    case WindowKind::kNone:
      return Microseconds::max();
    case WindowKind::kFixed:
      return window.length;
    case WindowKind::kDay:
      return 2 * kDay;
    case WindowKind::kWeek:
      return 8 * kDay;
    case WindowKind::kMonth:
      return 32 * kDay;
  }
  return Microseconds::max();
}

Result<std::optional<Microseconds>> read_first_seen_keep(const SpecNode* node, const ViewSpec& spec,
                                                         const SpecPlace& place) {
  if (node == nullptr) {
    return std::optional<Microseconds>();
  }
  if (!spec.has_measure_of(FieldKind::kKeyIsNew)) {
    return place.error("it says when a key is new again, and nothing is measured of that",
                       "leave it out, or measure sum(key.is_new)");
  }
  HAPAX_ASSIGN(const Microseconds keep, read_period(*node, place));
  const Microseconds shortest = spec.window.session_gap.value_or(shortest_silence(spec.window));
  if (keep >= shortest) {
    return std::optional<Microseconds>(keep);
  }
  return shortest == Microseconds::max()
             ? place.error("without a window a key is new once", "leave it out")
             : place.error("a key would be new twice in one window or session",
                           "make it " + period_text(shortest) + " or more, or leave it out");
}

Result<ViewSpec> read_view(const SpecNode& node, const std::string& called) {
  constexpr std::string_view kKeys[] = {
      "name",     "where", "window",     "group_by",       "per",
      "measures", "keep",  "groups_max", "keys_bytes_max", "first_seen_keep"};
  const auto* table = node.as<SpecTable>();
  if (table == nullptr) {
    return SpecPlace(called).error("a view is a table", "begin it with [[view]], or {");
  }
  const SpecNode* name = find_member(*table, "name");
  const bool is_named = name != nullptr && name->as<std::string>() != nullptr &&
                        is_view_name(*name->as<std::string>());
  const SpecPlace place(is_named ? "view \"" + *name->as<std::string>() + "\"" : called);
  HAPAX_TRY(check_keys(*table, kKeys, place));
  if (name == nullptr) {
    return place.error("it has no name", "add name = \"signups_per_day\"");
  }
  ViewSpec spec;
  HAPAX_ASSIGN(spec.name, read_text(*name, "signups_per_day", place.member("name")));
  HAPAX_TRY(check_name(spec.name, place.member("name")));
  if (const SpecNode* where = find_member(*table, "where")) {
    HAPAX_ASSIGN(spec.where, read_condition(*where, place.member("where")));
  }
  HAPAX_ASSIGN(spec.window, read_window(find_member(*table, "window"), place.member("window")));
  HAPAX_ASSIGN(spec.per, read_per(find_member(*table, "per"), place.member("per")));
  HAPAX_ASSIGN(spec.group_by, read_group(find_member(*table, "group_by"), spec.per.has_value(),
                                         place.member("group_by")));
  if (spec.window.session_gap && !spec.per) {
    return place.member("window").error("a session is of somebody, and there is no \"per\"",
                                        "add per = \"user\" or per = \"device\"");
  }
  HAPAX_ASSIGN(spec.measures,
               read_measures(find_member(*table, "measures"), spec, place.member("measures")));
  HAPAX_ASSIGN(spec.keep,
               read_keep(find_member(*table, "keep"), spec.window, place.member("keep")));
  HAPAX_ASSIGN(spec.groups_max, read_groups_max(find_member(*table, "groups_max"), spec,
                                                place.member("groups_max")));
  HAPAX_ASSIGN(spec.keys_bytes_max, read_keys_bytes_max(find_member(*table, "keys_bytes_max"), spec,
                                                        place.member("keys_bytes_max")));
  HAPAX_ASSIGN(spec.first_seen_keep, read_first_seen_keep(find_member(*table, "first_seen_keep"),
                                                          spec, place.member("first_seen_keep")));
  return spec;
}

}  // namespace

bool is_view_name(std::string_view text) {
  const auto is_letter = [](char c) { return ('a' <= c && c <= 'z') || c == '_'; };
  return !text.empty() && text.size() <= ViewSpec::kNameBytesMax && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || ('0' <= c && c <= '9'); });
}

bool ViewSpec::has_measure_of(FieldKind kind) const {
  return std::ranges::any_of(measures, [kind](const Measure& measure) {
    return measure.field && measure.field->kind == kind;
  });
}

Result<ViewSpec> parse_view_json(std::string_view text) {
  HAPAX_ASSIGN(const SpecNode node, read_spec_json(text));
  return read_view(node, "view");
}

Result<std::vector<ViewSpec>> parse_views_toml(std::string_view text) {
  HAPAX_ASSIGN(const SpecNode node, read_spec_toml(text));
  std::vector<ViewSpec> views;
  const SpecNode* listed = find_member(*node.as<SpecTable>(), "view");
  if (listed == nullptr) {
    return views;
  }
  const auto* list = listed->as<SpecList>();
  if (list == nullptr) {
    return SpecPlace("view").error("this must be a list of tables", "begin each with [[view]]");
  }
  for (const SpecNode& view : *list) {
    HAPAX_ASSIGN(ViewSpec spec, read_view(view, fmt::format("view {}", views.size() + 1)));
    const auto same = [&](const ViewSpec& other) { return other.name == spec.name; };
    if (std::any_of(views.begin(), views.end(), same)) {
      return SpecPlace("view \"" + spec.name + "\"").error("the name is there twice");
    }
    views.push_back(std::move(spec));
  }
  return views;
}

std::string view_json(const ViewSpec& spec) {
  std::string json = fmt::format(R"({{"name":{})", quoted_json(spec.name));
  if (spec.where != Condition()) {
    json += fmt::format(R"(,"where":{})", condition_json(spec.where));
  }
  json += fmt::format(R"(,"window":{})", window_json(spec.window));
  for (std::size_t i = 0; i < spec.group_by.size(); ++i) {
    json += i == 0 ? R"(,"group_by":[)" : ",";
    json += quoted_json(field_text(spec.group_by[i]));
  }
  json += spec.group_by.empty() ? "" : "]";
  if (spec.per) {
    json += fmt::format(R"(,"per":{})", quoted_json(field_text(*spec.per)));
  }
  for (std::size_t i = 0; i < spec.measures.size(); ++i) {
    json += i == 0 ? R"(,"measures":{)" : ",";
    json += fmt::format("{}:{}", quoted_json(spec.measures[i].name),
                        quoted_json(measure_text(spec.measures[i])));
  }
  json += "}";
  if (spec.keep) {
    json += fmt::format(R"(,"keep":{})", quoted_json(period_text(*spec.keep)));
  }
  if (spec.groups_max) {
    json += fmt::format(R"(,"groups_max":{})", *spec.groups_max);
  }
  if (spec.keys_bytes_max) {
    json += fmt::format(R"(,"keys_bytes_max":{})", *spec.keys_bytes_max);
  }
  if (spec.first_seen_keep) {
    json +=
        fmt::format(R"(,"first_seen_keep":{})", quoted_json(period_text(*spec.first_seen_keep)));
  }
  return json + "}";
}

}  // namespace hapax
