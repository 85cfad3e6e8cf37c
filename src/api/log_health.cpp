// SPDX-License-Identifier: Apache-2.0
#include "api/log_health.hpp"

namespace hapax {

std::string log_not_live(const LogStatus& log, ArrivalClock& arrivals) {
  const bool is_over = log.closed && arrivals.idle();
  return is_over ? "the log takes no events until a restart: " + log.reason : "";
}

std::string log_not_ready(const LogStatus& log, const std::string& processing_error) {
  if (!log.writable) {
    return log.reason;
  }
  return processing_error.empty() ? "" : "processing has stopped: " + processing_error;
}

}  // namespace hapax
