// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/view_catalog.hpp"

#include <algorithm>

namespace hapax {

const CatalogView* ViewCatalog::find(std::string_view name) const {
  const auto at = std::ranges::lower_bound(
      views, name, {}, [](const CatalogView& view) { return std::string_view(view.spec.name); });
  return at != views.end() && at->spec.name == name ? &*at : nullptr;
}

}  // namespace hapax
