// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/result.hpp"
#include "views/catalog/catalog_change.hpp"

namespace hapax {

/// A collector of a cluster: takes events over HTTP to the topic of events. It keeps nothing on its
/// disk. Threading: one owner.
class CollectServer {
 public:
  /// Agrees with the cluster, joins it, listens. `views`: all that are declared. Errors: those of
  /// the parts; what was opened is closed again.
  static Result<std::unique_ptr<CollectServer>> start(const Settings& settings,
                                                      const std::vector<DeclaredView>& views);

  /// Stops as stop() does.
  ~CollectServer();

  /// "http://127.0.0.1:8080"
  std::string url() const;

  /// Answers what is under way, says what became of it, and leaves the cluster. Nothing that is
  /// acknowledged is lost without it; others wait until they call this one gone.
  void stop();

 private:
  class Impl;
  explicit CollectServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
