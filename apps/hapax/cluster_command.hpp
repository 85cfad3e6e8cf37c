// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax cluster create: makes what the roles of a cluster share.
void add_cluster_command(CLI::App& app, int& exit_code);

}  // namespace hapax
