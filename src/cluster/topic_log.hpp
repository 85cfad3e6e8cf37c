// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ids.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// The log that the records of `topic` are. Stored: the same topic has it for good, and one that is
/// made anew under its name has another. Format: docs/formats/receipt.md.
LogId log_of(const Topic& topic);

}  // namespace hapax
