// SPDX-License-Identifier: Apache-2.0
#include "declared_catalog.hpp"

#include <spdlog/spdlog.h>

#include "views/spec/partitions.hpp"

namespace hapax {

Result<ViewCatalog> with_counted_by_cluster(const ViewCatalog& catalog,
                                            const std::vector<DeclaredView>& declared,
                                            ProcessingTime now) {
  std::vector<DeclaredView> counted;
  for (const DeclaredView& view : declared) {
    if (const auto alike = counts_alike_in_partitions(view.spec); alike) {
      counted.push_back(view);
    } else {
      spdlog::warn("msg=\"A view is not counted by a cluster.\" view={} error=\"{}\"",
                   view.spec.name, alike.error().text());
    }
  }
  return with_declared(catalog, counted, now);
}

}  // namespace hapax
