// SPDX-License-Identifier: Apache-2.0
#include "partition/cluster_catalog.hpp"

#include <utility>

#include "views/catalog/catalog_text.hpp"

namespace hapax {

void ClusterCatalog::follow(const SettingsHistory& settings) {
  const ClusterSettings& newest = settings.newest();
  if (newest.epoch == followed_) {
    return;
  }
  followed_ = newest.epoch;
  Result<ViewCatalog> catalog = decode_catalog(newest.views);
  if (!catalog) {
    log_("the views that were declared cannot be counted by this version: " +
         catalog.error().text());
    return;
  }
  auto next = std::make_shared<const ViewCatalog>(std::move(*catalog));
  const MutexLock lock(mutex_);
  catalog_ = std::move(next);
}

std::shared_ptr<const ViewCatalog> ClusterCatalog::current() const {
  const MutexLock lock(mutex_);
  return catalog_;
}

}  // namespace hapax
