// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "core/result.hpp"

namespace hapax {

/// Parses the command line and runs what it asks for. Prints help, the version, or what is wrong
/// and what was probably meant. Returns the exit code of that, or 0: the command has run.
int run_command_line(CLI::App& app, int argc, const char* const* argv);

}  // namespace hapax
