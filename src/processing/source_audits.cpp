// SPDX-License-Identifier: Apache-2.0
#include "processing/source_audits.hpp"

#include <algorithm>

namespace hapax {

void add_counted(const TallyBySource& counted, std::vector<SourceAudit>& sources) {
  for (const auto& [name, events] : counted.sources()) {
    auto at = std::ranges::lower_bound(sources, name, {}, &SourceAudit::source);
    if (at == sources.end() || at->source != name) {
      at = sources.insert(at, SourceAudit());
      at->source = name;
    }
    at->counted = events.count;
    at->counted_digest = events.digest;
  }
}

EventTally unique_of(const std::vector<SourceAudit>& sources) {
  EventTally unique;
  for (const SourceAudit& source : sources) {
    unique.add(EventTally{.count = source.unique, .digest = source.unique_digest});
  }
  return unique;
}

}  // namespace hapax
