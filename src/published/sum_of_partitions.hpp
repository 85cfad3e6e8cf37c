// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/audit_report.hpp"
#include "published/published_manifest.hpp"
#include "record/log_place.hpp"

namespace hapax {

/// What is said of one partition. Null where nothing was published.
struct SaidOfPartition {
  /// Tells apart what is said; 0: nothing was published.
  std::uint64_t version = 0;
  std::shared_ptr<const PublishedManifest> manifest = nullptr;
  /// Whose collectors and missed duplicates count.
  std::shared_ptr<const PublishedManifest> books = nullptr;
};

/// What the manifests of all partitions say together.
struct SumOfPartitions {
  LogPlace processed = {};  ///< The next offset to be counted; kNoLog where one does not say.
  EventTime watermark = EventTime::min();                 ///< The least.
  ProcessingTime complete_until = ProcessingTime::min();  ///< The least.
  /// The views that all partitions have, by id: of where they begin to live and are complete the
  /// greatest, of where they are settled the least; accounts are added up.
  std::map<std::string, PublishedView> views = {};
  /// Those that some partition is making, by id: records added up, the first error of any.
  std::map<std::string, PublishedMaking> making = {};
  /// Sources and views added up, partitions side by side. What each partition says is of one moment
  /// of its own, so the equations hold of the sum as they do of each.
  AuditReport books = {};
  std::set<std::string> owners = {};  ///< Where they are heard.

  /// Of a source, or of all of them. Nothing where there was none.
  std::optional<NewestEvent> newest(const std::optional<std::string>& source) const;
};

/// `count`: of partitions. Errors: kUnavailable, one of them has published nothing yet, or what it
/// counted of another log than others, or there are others than so many.
Result<SumOfPartitions> sum_of_partitions(const std::vector<SaidOfPartition>& said,
                                          std::uint32_t count);

}  // namespace hapax
