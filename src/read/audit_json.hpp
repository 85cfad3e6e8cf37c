// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ports/audit_report.hpp"
#include "ports/clock_status.hpp"

namespace hapax {

/// Requests of one source that were refused with one code since the start.
struct RefusedByCode {
  std::string source;  ///< Empty: not known.
  std::string code;
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
};

/// The JSON of docs/http-api.md, "Audit".
std::string to_json(const AuditReport& report, const std::vector<RefusedByCode>& refused,
                    const ClockStatus& clock);

}  // namespace hapax
