// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// Adds "audit", which says whether the books of a running server balance, also by its exit code.
void add_audit_command(CLI::App& app, int& exit_code);

}  // namespace hapax
