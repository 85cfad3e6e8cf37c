// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/postgres/settings.hpp"
#include "core/result.hpp"

namespace hapax {

/// Connects, and makes the tables if there are none; those of publishers do so, too. For a start
/// that wants to know whether its settings are right. Waits for the server.
/// Errors: kInvalid, a setting, or what is there is of another cluster or format; kUnavailable.
Result<void> set_up_postgres(const PostgresSettings& settings);

}  // namespace hapax
