// SPDX-License-Identifier: Apache-2.0
#include "declared_catalog.hpp"

#include <spdlog/spdlog.h>

#include <string_view>

#include "views/catalog/chosen_views.hpp"
#include "views/spec/partitions.hpp"

namespace hapax {

std::vector<DeclaredView> counted_by_cluster(const std::vector<DeclaredView>& declared) {
  std::vector<DeclaredView> counted;
  for (const DeclaredView& view : declared) {
    if (const auto alike = counts_alike_in_partitions(view.spec); alike) {
      counted.push_back(view);
    } else {
      spdlog::warn("msg=\"A view is not counted by a cluster.\" view={} error=\"{}\"",
                   view.spec.name, alike.error().text());
    }
  }
  return counted;
}

Result<std::optional<std::vector<std::string>>> sql_views(const std::string& setting,
                                                          const ViewCatalog& counted) {
  if (setting == "all") {
    return std::optional<std::vector<std::string>>();
  }
  std::vector<std::string_view> known;
  known.reserve(counted.views.size());
  for (const CatalogView& view : counted.views) {
    known.push_back(view.spec.name);
  }
  auto chosen = chosen_views(setting, known, "is counted by this cluster");
  if (!chosen) {
    chosen.error().message = "postgres.sql_views: " + chosen.error().message;
    return chosen.error();
  }
  return std::optional(std::vector<std::string>(chosen->begin(), chosen->end()));
}

}  // namespace hapax
