// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ports/audit_report.hpp"

namespace hapax {

/// A life of a collector over all partitions; or those of one state that are summed up.
struct CollectorLife {
  /// Its figures are added up, its times are the latest; of no partition.
  CollectorAudit whole;
  std::uint64_t partitions = 0;  ///< That know of it.
  bool is_equal = true;          ///< In each of them: in the sum a loss and a double might cancel.
  std::vector<std::pair<PartitionId, UnknownRange>> unknown = {};
};

/// By id, behind those that are summed up.
std::vector<CollectorLife> lives_of(const std::vector<CollectorAudit>& collectors);

/// "live", "left", "gone".
const char* name_of(CollectorAudit::State state);
/// "present", "absent", "open".
const char* name_of(UnknownRange::Outcome outcome);
/// 16 hexadecimal digits.
std::string collector_name(std::uint64_t collector);

}  // namespace hapax
