// SPDX-License-Identifier: Apache-2.0
#include "declared_views.hpp"

#include <utility>

#include "views/catalog/default_views.hpp"

namespace hapax {
namespace {

Result<void> add(Result<std::vector<ViewSpec>> specs, ViewOrigin origin, const std::string& place,
                 std::vector<DeclaredView>& to) {
  if (!specs) {
    specs.error().message = place + ": " + specs.error().message;
    return specs.error();
  }
  for (ViewSpec& spec : *specs) {
    to.push_back({.spec = std::move(spec), .origin = origin});
    // One by one, so that the place of what cannot be counted is known.
    if (auto counted = with_declared({}, {to.back()}, {}); !counted) {
      counted.error().message = place + ": " + counted.error().message;
      return counted.error();
    }
  }
  return {};
}

}  // namespace

Result<std::vector<DeclaredView>> declared_views(const Settings& settings,
                                                 const std::string& file_name,
                                                 const std::optional<std::string>& file_text) {
  std::vector<DeclaredView> views;
  if (file_text) {
    HAPAX_TRY(add(parse_views_toml(*file_text), ViewOrigin::kFile, file_name, views));
  }
  HAPAX_TRY(
      add(default_views(settings.default_views), ViewOrigin::kBuiltIn, "views.defaults", views));
  return views;
}

}  // namespace hapax
