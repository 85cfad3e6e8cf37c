// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "config/options.hpp"

namespace hapax {

/// What the roles of a cluster need beside what one machine does.
std::vector<Option> cluster_options();

}  // namespace hapax
