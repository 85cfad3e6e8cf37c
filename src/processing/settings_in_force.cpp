// SPDX-License-Identifier: Apache-2.0
#include "processing/settings_in_force.hpp"

#include "arrival/control_append.hpp"

namespace hapax {
namespace {

std::string hours_text(Microseconds duration) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(duration);
  return hours.count() >= 1 ? std::to_string(hours.count()) + "h"
                            : std::to_string(duration.count()) + "us";
}

Error would_forget(Microseconds before, Microseconds wanted) {
  return {ErrorKind::kInvalid,
          "dedup.window is " + hours_text(wanted) + ", the log was written under " +
              hours_text(before) + ": retries of ids between the two would count a second time",
          "set dedup.window to " + hours_text(before) + ", or dedup.may_forget to yes"};
}

}  // namespace

Result<SettingsChange> put_in_force(const ResultSettings& wanted, bool may_forget, EventLog& log,
                                    ArrivalClock& arrivals) {
  HAPAX_ASSIGN(const auto before, settings_among(log.controls().at_end));
  if (before == wanted) {
    return SettingsChange{.before = before, .changed = false};
  }
  if (before && wanted.dedup_window < before->dedup_window && !may_forget) {
    return would_forget(before->dedup_window, wanted.dedup_window);
  }
  HAPAX_TRY(append_control(kSettingsControl, encode_result_settings(wanted), log, arrivals));
  return SettingsChange{.before = before, .changed = true};
}

}  // namespace hapax
