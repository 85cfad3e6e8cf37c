// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax serve: runs the server until SIGINT or SIGTERM.
void add_serve_command(CLI::App& app, int& exit_code);

}  // namespace hapax
