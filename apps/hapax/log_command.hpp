// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax log verify | dump | tail: reads the event log, also while the server runs.
void add_log_command(CLI::App& app, int& exit_code);

}  // namespace hapax
