// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// Adds "topology", which says who owns what in a cluster, how far behind it is, and why.
void add_topology_command(CLI::App& app, int& exit_code);

}  // namespace hapax
