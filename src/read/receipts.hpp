// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "record/log_place.hpp"
#include "record/receipt.hpp"

namespace hapax {

/// Whether all that `receipt` is of is processed, or, of a former log, all that was taken from it.
/// False where it is not said which log is: an owner of an earlier version will be replaced by one
/// that says it. Errors: kInvalid, it is of another log, or of a partition that there is not, or of
/// what a former log has taken later.
Result<bool> includes(const LogPlace& processed, const Receipt& receipt);

}  // namespace hapax
