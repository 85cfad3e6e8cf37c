// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/log_source.hpp"
#include "record/clock_state.hpp"

namespace hapax {

/// The newest times in a log since something was said of the clock.
struct LogEnd {
  /// Greatest stamp of the clock as it ran last: of the current doubt, or without one.
  std::optional<ProcessingTime> newest;
  std::optional<ProcessingTime> running;  ///< Greatest running time.
};

/// Reads the recent part of the log. `state`: what the log says of the clock.
/// Errors: kCorrupt, a record there cannot be read; those of the log.
Result<LogEnd> read_log_end(LogSource& log, const ClockState& state);

}  // namespace hapax
