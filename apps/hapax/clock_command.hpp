// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// `hapax clock status|accept|correct`.
void add_clock_command(CLI::App& app, int& exit_code);

}  // namespace hapax
