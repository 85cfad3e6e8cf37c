// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrival/arrival_clock.hpp"
#include "ports/log_appender.hpp"

namespace hapax {

// What a server that takes events into a log says of its health: Api::Parts.

/// Not live is what a restart helps against; before it, every request gets its answer.
std::string log_not_live(const LogStatus& log, ArrivalClock& arrivals);
/// `processing_error`: why processing has stopped; empty while it goes on.
std::string log_not_ready(const LogStatus& log, const std::string& processing_error);

}  // namespace hapax
