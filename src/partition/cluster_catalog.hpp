// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cluster/settings_history.hpp"
#include "core/ids.hpp"
#include "core/mutex.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// The catalog of a cluster: that of the newest settings of its topic of control.
/// Threading: follow() by one owner, the rest by all threads at any time.
class ClusterCatalog : public CatalogSource {
 public:
  using Log = std::function<void(const std::string&)>;

  explicit ClusterCatalog(Log log) : log_(std::move(log)) {}

  /// Takes up what settings say. One that cannot be read, of a newer version, is logged, and the
  /// one before stays.
  void follow(const SettingsHistory& settings);
  std::shared_ptr<const ViewCatalog> current() const override;

 private:
  const Log log_;
  SettingsEpoch followed_ = {};
  mutable Mutex mutex_;
  std::shared_ptr<const ViewCatalog> catalog_ HAPAX_GUARDED_BY(mutex_) =
      std::make_shared<const ViewCatalog>();
};

}  // namespace hapax
