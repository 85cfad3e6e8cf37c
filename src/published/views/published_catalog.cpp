// SPDX-License-Identifier: Apache-2.0
#include "published/views/published_catalog.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "published/published_manifest.hpp"
#include "views/catalog/catalog_text.hpp"

namespace hapax {

Result<void> PublishedCatalog::look() {
  Result<void> taken = take_newest();
  const MutexLock lock(mutex_);
  error_ = taken ? "" : taken.error().text();
  return taken;
}

std::string PublishedCatalog::error() const {
  const MutexLock lock(mutex_);
  return error_;
}

Result<void> PublishedCatalog::take_newest() {
  std::optional<std::string> text;
  HAPAX_TRY(reader_.snapshot()->read([&](PartitionsReader& reader) -> Result<void> {
    HAPAX_ASSIGN(const std::vector<KnownManifests::Manifest> manifests, manifests_.of(reader));
    std::uint32_t newest = current()->number;
    std::optional<std::uint32_t> part;
    for (std::uint32_t p = 0; p < manifests.size(); ++p) {
      if (manifests[p].told && manifests[p].told->catalog > newest) {
        newest = manifests[p].told->catalog;
        part = p;
      }
    }
    if (part) {
      HAPAX_ASSIGN(text, reader.find_in(*part, kCatalogTable, kCatalogKey));
    }
    return {};
  }));
  if (!text) {
    return {};
  }
  HAPAX_ASSIGN(ViewCatalog catalog, decode_catalog(*text));
  auto next = std::make_shared<const ViewCatalog>(std::move(catalog));
  const MutexLock lock(mutex_);
  catalog_ = std::move(next);
  return {};
}

std::shared_ptr<const ViewCatalog> PublishedCatalog::current() const {
  const MutexLock lock(mutex_);
  return catalog_;
}

}  // namespace hapax
