// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "arrival/arrival_clock.hpp"
#include "core/result.hpp"
#include "ports/event_log.hpp"
#include "record/result_settings.hpp"

namespace hapax {

/// What became of the settings of a start.
struct SettingsChange {
  std::optional<ResultSettings> before;  ///< Nothing: the log held none.
  bool changed = false;
};

/// Makes `wanted` the settings in force, by a control record when the log holds others: they hold
/// for the records to come, and no result of those before changes. Returns when that is durable.
/// Call before the first append of a start.
/// Errors: kInvalid, the dedup window would become shorter, which forgets ids, and `may_forget` is
/// false; those of the log.
Result<SettingsChange> put_in_force(const ResultSettings& wanted, bool may_forget, EventLog& log,
                                    ArrivalClock& arrivals);

}  // namespace hapax
