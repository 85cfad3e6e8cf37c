// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/load.hpp"
#include "core/result.hpp"

namespace hapax {

/// `listen` with the address that its name stands for; IPv4 before IPv6.
/// Errors: kInvalid, nobody knows the name; kUnavailable, a name for this machine alone leads
/// elsewhere.
Result<ListenAddress> resolve(ListenAddress listen);

}  // namespace hapax
