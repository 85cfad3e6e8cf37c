// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax collect: runs a collector of a cluster until SIGINT or SIGTERM.
void add_collect_command(CLI::App& app, int& exit_code);

}  // namespace hapax
