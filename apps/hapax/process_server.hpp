// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/result.hpp"
#include "views/catalog/catalog_change.hpp"

namespace hapax {

/// Owns those partitions of a cluster that its group assigns to it: counts, and publishes what is
/// kept. What it has on its disk is a copy. Threading: one owner.
class ProcessServer {
 public:
  /// Agrees with the cluster, joins the group, listens. `views`: all that are declared. Errors:
  /// those of the parts; what was opened is closed again.
  static Result<std::unique_ptr<ProcessServer>> start(const Settings& settings,
                                                      const std::vector<DeclaredView>& views);

  /// Stops as stop() does.
  ~ProcessServer();

  /// "http://127.0.0.1:8080"
  std::string url() const;

  /// Leaves the group: others go on from what is kept.
  void stop();

 private:
  class Impl;
  explicit ProcessServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
