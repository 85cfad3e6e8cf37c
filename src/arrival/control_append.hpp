// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "arrival/arrival_clock.hpp"
#include "core/result.hpp"
#include "ports/event_log.hpp"

namespace hapax {

/// Appends a control record that is received now, on its way like any request until it returns:
/// when it is durable. Errors: those of EventLog::append_control().
Result<void> append_control(std::string_view kind, std::string_view value, EventLog& log,
                            ArrivalClock& arrivals);

}  // namespace hapax
