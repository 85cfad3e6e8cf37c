// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax config print | check | reference.
void add_config_command(CLI::App& app, int& exit_code);

}  // namespace hapax
