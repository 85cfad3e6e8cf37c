// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/view_store.hpp"
#include "published/views/known_manifests.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// The newest catalog that any partition counts by, as they publish it.
/// Threading: look() by one owner, current() by all threads at any time. Lifetime: `reader` must
/// outlive it.
class PublishedCatalog : public CatalogSource {
 public:
  explicit PublishedCatalog(ViewStoreReader& reader) : reader_(reader) {}

  /// Takes up what is published now. Cost: as KnownManifests::of(). Errors: those of the reader, of
  /// decode_published() and of decode_catalog().
  Result<void> look();
  /// Why it could not be read the last time; empty: it could.
  std::string error() const;
  /// An empty one before anything was seen.
  std::shared_ptr<const ViewCatalog> current() const override;

 private:
  Result<void> take_newest();

  ViewStoreReader& reader_;
  KnownManifests manifests_;
  mutable Mutex mutex_;
  std::string error_ HAPAX_GUARDED_BY(mutex_);
  std::shared_ptr<const ViewCatalog> catalog_ HAPAX_GUARDED_BY(mutex_) =
      std::make_shared<const ViewCatalog>();
};

}  // namespace hapax
