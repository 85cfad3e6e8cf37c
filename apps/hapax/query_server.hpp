// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "assets/asset.hpp"
#include "config/settings.hpp"
#include "core/result.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// A server that answers queries of what the partitions of a cluster publish, with boards, alerts
/// and the dashboard; it takes no events and changes no views (docs/query.md). Several of them may
/// run side by side, each with a data directory of its own. Threading: one owner.
class QueryServer {
 public:
  /// What it reads of its cluster, and what pages are made of.
  struct Parts {
    std::unique_ptr<ViewStoreReader> published;
    Assets assets = {};
  };

  /// Opens the data directory, and listens, also when the view store is away. Errors: those of the
  /// parts; what was opened is closed again.
  static Result<std::unique_ptr<QueryServer>> start(const Settings& settings, Parts parts);

  /// Stops as stop() does.
  ~QueryServer();

  /// "http://127.0.0.1:8080"
  std::string url() const;

  /// By which the password is set, once; nothing when there is one, or none is needed.
  std::optional<std::string> setup_link() const;

  /// Answers what is under way. Nothing is lost without it.
  void stop();

 private:
  class Impl;
  explicit QueryServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
