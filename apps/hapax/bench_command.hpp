// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace hapax {

/// hapax bench: sends load to a running server, measures it, and checks what it counted.
void add_bench_command(CLI::App& app, int& exit_code);

}  // namespace hapax
