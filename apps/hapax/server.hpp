// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/result.hpp"
#include "views/catalog/catalog_change.hpp"

namespace hapax {

/// The whole server, put together from settings: storage, log, processor, collector, routes, HTTP.
/// Threading: one owner.
class Server {
 public:
  /// Opens the data directory, restores the last checkpoint, listens. `views`: all that are
  /// declared beside those of the API. Errors: those of the parts; what was opened is closed again.
  static Result<std::unique_ptr<Server>> start(const Settings& settings,
                                               const std::vector<DeclaredView>& views);

  /// Stops as stop() does.
  ~Server();

  /// "http://127.0.0.1:8080"
  std::string url() const;

  /// By which the password is set, once; nothing when there is one, or none is needed.
  std::optional<std::string> setup_link() const;

  /// Answers what is under way, makes a last checkpoint, closes the log. Nothing acknowledged is
  /// lost without it; the next start is only faster.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
