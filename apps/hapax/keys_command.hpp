// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax keys export | import.
void add_keys_command(CLI::App& app, int& exit_code);

}  // namespace hapax
