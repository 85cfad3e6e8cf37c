// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "alerts/alerts.hpp"
#include "core/mutex.hpp"

namespace hapax {

/// Two threads that run alerts: one looks at the rules, one tells what there is to tell, so that a
/// receiver that does not answer holds up no look.
/// Threading: one owner. Lifetime: `alerts` must outlive it.
class AlertThreads {
 public:
  /// `on_error` hears what a round threw.
  AlertThreads(Alerts& alerts, std::chrono::milliseconds interval,
               std::function<void(const std::string&)> on_error);
  ~AlertThreads() { stop(); }

  /// Breaks off what is being delivered; the next start tries it again.
  void stop();

 private:
  void look(const std::stop_token& stop);
  void tell(const std::stop_token& stop);
  template <typename Act>
  void guarded(const Act& act);

  Alerts& alerts_;
  const std::chrono::milliseconds interval_;
  const std::function<void(const std::string&)> on_error_;
  Mutex mutex_;
  CondVar wake_;
  bool has_news_ HAPAX_GUARDED_BY(mutex_) = true;  // What a start has found waiting.
  bool is_stopping_ HAPAX_GUARDED_BY(mutex_) = false;
  std::jthread looking_;  // Last: they run on all of the above.
  std::jthread telling_;
};

}  // namespace hapax
