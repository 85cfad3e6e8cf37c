// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "record/receipt.hpp"

namespace hapax {

/// Whether all that `receipt` is of is processed, where `processed` is the next offset of each
/// partition. Errors: kInvalid, no such partition.
Result<bool> includes(std::span<const Offset> processed, const Receipt& receipt);

}  // namespace hapax
