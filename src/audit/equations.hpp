// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ports/audit_report.hpp"

namespace hapax {

/// One promise of the books (C7), checked on a report.
struct Equation {
  std::string text;  ///< "received = accepted + rejected".
  bool holds = true;
  std::string where;  ///< The sources or partitions that break it, with both sides.
};

/// Every equation over counts and over digests, for every source, partition and view of `report`,
/// and, where there are any, for every collector in every partition.
std::vector<Equation> check_books(const AuditReport& report);

bool balanced(const std::vector<Equation>& equations);

}  // namespace hapax
