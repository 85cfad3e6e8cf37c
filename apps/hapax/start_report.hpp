// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ports/log_source.hpp"

namespace hapax {

/// What is missing when a log with these starts is counted from its beginning: nothing, or the
/// sentence that says from where the counts begin. A log's head goes by retention.
std::optional<std::string> missing_head(const std::vector<PartitionStart>& starts);

}  // namespace hapax
