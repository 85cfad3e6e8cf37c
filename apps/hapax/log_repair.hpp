// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/load.hpp"

namespace hapax {

/// `hapax log verify --repair`: says what can be read of the log and what a repair would change,
/// and with `yes` does it. The exit code: 0 when the log is sound now, else 1.
int repair_log(const Settings& settings, bool yes);

}  // namespace hapax
