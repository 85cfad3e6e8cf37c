// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "config/settings.hpp"
#include "core/result.hpp"

namespace hapax {

/// A server of any role, while it runs.
struct RunningRole {
  std::string url;
  std::function<void()> stop;
};

/// Runs a process that serves: sets up its log and signals, starts it, tells the person and the
/// service manager, and stops it at SIGINT or SIGTERM. `welcome`: what the person is told. Returns
/// the exit code.
int run_role(const Settings& settings, const std::function<Result<RunningRole>()>& start,
             const std::function<std::string()>& welcome);

}  // namespace hapax
