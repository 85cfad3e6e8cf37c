// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/event_tally.hpp"
#include "ports/audit_report.hpp"
#include "processing/tally_by_source.hpp"

namespace hapax {

/// Fills in what views have counted. Both accounts of a source are there also when only one of them
/// knows it: then the books do not balance.
void add_counted(const TallyBySource& counted, std::vector<SourceAudit>& sources);
/// Of all sources together.
EventTally unique_of(const std::vector<SourceAudit>& sources);

}  // namespace hapax
