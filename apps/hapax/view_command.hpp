// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// Adds `hapax view`: asks a running server about its views, and changes them.
void add_view_command(CLI::App& app, int& exit_code);

}  // namespace hapax
