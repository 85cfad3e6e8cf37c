// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax access reset: a link to set the admin's password anew.
void add_access_command(CLI::App& app, int& exit_code);

}  // namespace hapax
