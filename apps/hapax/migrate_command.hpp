// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// `hapax migrate`. `exit_code` is set when it ran.
void add_migrate_command(CLI::App& app, int& exit_code);

}  // namespace hapax
