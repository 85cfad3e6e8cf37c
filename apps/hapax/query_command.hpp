// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax query: runs a server that answers queries of a cluster until SIGINT or SIGTERM.
void add_query_command(CLI::App& app, int& exit_code);

}  // namespace hapax
