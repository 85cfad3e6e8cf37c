// SPDX-License-Identifier: Apache-2.0
#include "declared_catalog.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "views/spec/partitions.hpp"

namespace hapax {
namespace {

class FixedCatalog : public CatalogSource {
 public:
  explicit FixedCatalog(ViewCatalog catalog)
      : catalog_(std::make_shared<const ViewCatalog>(std::move(catalog))) {}

  std::shared_ptr<const ViewCatalog> current() const override { return catalog_; }

 private:
  const std::shared_ptr<const ViewCatalog> catalog_;
};

}  // namespace

Result<std::unique_ptr<const CatalogSource>> declared_catalog(
    const std::vector<DeclaredView>& declared) {
  std::vector<DeclaredView> counted;
  for (const DeclaredView& view : declared) {
    if (const auto alike = counts_alike_in_partitions(view.spec); alike) {
      counted.push_back(view);
    } else {
      spdlog::warn("msg=\"A view is not counted by a cluster.\" view={} error=\"{}\"",
                   view.spec.name, alike.error().text());
    }
  }
  HAPAX_ASSIGN(ViewCatalog catalog, with_declared({}, counted, {}));
  return std::unique_ptr<const CatalogSource>(std::make_unique<FixedCatalog>(std::move(catalog)));
}

}  // namespace hapax
