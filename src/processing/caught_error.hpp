// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"

namespace hapax {

/// The exception that is being handled, as an error: kExhausted for want of memory, else kInternal.
/// Call in a catch block. Throws nothing, also when there is no memory for words.
Error caught_error() noexcept;

}  // namespace hapax
