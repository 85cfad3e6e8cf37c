// SPDX-License-Identifier: Apache-2.0
#include "api/source_scope.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "http/error_response.hpp"
#include "http/query_string.hpp"

namespace hapax {
namespace {

std::string names_of(const ReadScope& scope) {
  std::string names;
  for (const std::string& source : scope) {
    names.append(names.empty() ? "" : ", ").append(source);
  }
  return names;
}

HttpResponse refused(const std::string& message) {
  return error_response(403, "source_not_allowed", message);
}

/// Which field of its groups it is; nothing: none.
std::optional<std::size_t> source_of(const ServedView& view) {
  const auto& fields = view.shape->group_fields;
  const auto source = std::ranges::find(fields, Field{.kind = FieldKind::kSource});
  return source == fields.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(source - fields.begin()));
}

bool names_a_source(std::string_view query) {
  return query_parameter(query, "source") || query_parameter(query, "group.source");
}

}  // namespace

std::string with_source_of(const ReadScope& scope, std::string query) {
  if (scope.size() != 1 || names_a_source(query)) {
    return query;
  }
  query.append(query.empty() ? "source=" : "&source=");
  for (const char c : *scope.begin()) {
    query += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return query;
}

std::optional<HttpResponse> refused_view(const ReadScope& scope, const ServedView& view) {
  if (scope.empty() || source_of(view)) {
    return std::nullopt;
  }
  return refused(
      fmt::format("this key reads the rows of {} alone; those of \"{}\" are of all sources, as it "
                  "does not group by source",
                  names_of(scope), view.shape->spec.name));
}

std::optional<HttpResponse> refused_rows(const ReadScope& scope, const ServedView& view,
                                         const std::vector<GroupValue>& where) {
  if (scope.empty()) {
    return std::nullopt;
  }
  const auto asked = std::ranges::find(where, source_of(view), &GroupValue::field);
  if (asked == where.end()) {
    return refused(
        fmt::format("this key reads the rows of {}; say which one with source=", names_of(scope)));
  }
  const auto* const name = std::get_if<std::string>(&asked->value);
  if (name == nullptr || !scope.contains(*name)) {
    return refused(fmt::format("this key reads the rows of {} alone", names_of(scope)));
  }
  return std::nullopt;
}

std::optional<HttpResponse> refused_source(const ReadScope& scope,
                                           const std::optional<std::string>& source) {
  return scope.empty() || !source || scope.contains(*source)
             ? std::nullopt
             : std::optional(
                   refused(fmt::format("this key reads accounts of {} alone", names_of(scope))));
}

HttpResponse refused_path(const ReadScope& scope, std::string_view path) {
  return refused(fmt::format("this key reads the rows of {} alone; {} is of all sources",
                             names_of(scope), path));
}

}  // namespace hapax
