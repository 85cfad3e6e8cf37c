// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "adapters/curl/curl_notifier.hpp"
#include "alerts/alert_threads.hpp"
#include "alerts/alerts.hpp"
#include "alerts/view_readings.hpp"
#include "config/settings.hpp"
#include "health_figures.hpp"
#include "ports/clock.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"
#include "read/row_store.hpp"
#include "views/runtime/served_views.hpp"

namespace hapax {

/// The alerts of a running server, put together.
/// Threading: one owner. Lifetime: the parts must outlive it.
class AlertService {
 public:
  struct Parts {
    Storage& storage;
    const Clock& clock;
    Random& random;
    RowStore& rows;
    const ServedViews& served;
    HealthSources health;
  };

  /// Errors: kInvalid, settings that do not fit together; those of the disk.
  static Result<std::unique_ptr<AlertService>> open(const Settings& settings, const Parts& parts);

  Alerts& alerts() { return *alerts_; }
  Result<void> check(const AlertRule& rule) const { return views_.check(rule); }

  /// From now on rules are looked at.
  void start();
  void stop();

 private:
  AlertService(const Settings& settings, const Parts& parts, CurlSettings curl);

  Result<Reading> read(const AlertRule& rule) const;

  const std::chrono::milliseconds interval_;
  const std::vector<HealthFigure> figures_;
  const ViewReadings views_;
  CurlNotifier notifier_;
  std::unique_ptr<Alerts> alerts_;
  std::optional<AlertThreads> threads_;
};

}  // namespace hapax
