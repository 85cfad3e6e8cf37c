// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "process_status.hpp"

namespace hapax {

/// What a process owns, for GET /topology (docs/cluster.md).
std::string topology_json(const ProcessStatus& status);

}  // namespace hapax
