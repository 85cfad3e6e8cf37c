// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/audit_report.hpp"
#include "ports/missed_duplicates.hpp"

namespace hapax {

/// One live view of a partition.
struct PublishedView {
  ViewAudit account;        ///< With its id. `unique` is of this partition's events.
  std::string living_from;  ///< ViewChange::living_from.
  std::optional<EventTime> settled_until = {};  ///< ViewChange::settled_until.
  std::optional<EventTime> complete_from = {};  ///< ServedView::complete_from.
  /// Of a view over keys: not all of its keys are counted, see KeyShares.
  bool is_sampled = false;
  // Of its SourceAccount::whole(), beside what is in `account`.
  std::uint64_t in_cells = 0;
  std::uint64_t kind_mismatches = 0;
};

/// A view that a partition is making (History), and cannot be read there yet.
struct PublishedMaking {
  std::string view;                 ///< Its id.
  std::string error = {};           ///< Why it is not made; empty when it is, or will be.
  std::uint64_t records_done = 0;   ///< BackfillProgress, 0 of one that waits for others.
  std::uint64_t records_total = 0;  ///< Likewise.

  friend bool operator==(const PublishedMaking&, const PublishedMaking&) = default;
};

/// The table in which each partition has the catalog of its views, as of encode_catalog(), under
/// this key. The one of the greatest number holds for all.
constexpr std::string_view kCatalogTable = "catalog";
constexpr std::string_view kCatalogKey = "current";

/// What a partition has of a FormerLog.
struct PublishedFormer {
  LogId log;
  std::vector<Offset> ends = {};  ///< FormerLog::ends; none: it is still being brought in.
  Offset in = {};                 ///< Of this partition.

  friend bool operator==(const PublishedFormer&, const PublishedFormer&) = default;
};

/// What the tables of a partition stand for: PartitionUpdate::change.manifest. All of it is of one
/// moment, that of the tables: so the equations of the books hold in each, and in the sum of any.
struct PublishedManifest {
  LogId log = kNoLog;  ///< That it was counted of.
  std::optional<PublishedFormer> former = {};
  /// `processed` is the offset of the next event to be counted, `watermark` the partition's own.
  PartitionAudit partition;
  /// All that was received before it is counted here, or is known not to come.
  ProcessingTime complete_until = ProcessingTime::min();
  std::vector<SourceAudit> sources = {};        ///< By name; with the newest event of each.
  std::vector<PublishedView> views = {};        ///< By id; each that can be read.
  std::vector<PublishedMaking> making = {};     ///< By name, the others.
  std::uint32_t catalog = 0;                    ///< ViewCatalog::number.
  std::vector<SourceGaps> gaps = {};            ///< By name.
  std::optional<MissedDuplicates> missed = {};  ///< If ids count once in each partition.
  std::vector<CollectorAudit> collectors = {};  ///< As of CollectorBooks::audits().
  std::string owner = {};  ///< Where the owner is heard, a URL; empty: nowhere.
};

/// Format: docs/formats/cluster.md.
std::string encode_published(const PublishedManifest& manifest);
/// Errors: kCorrupt; kInvalid, it is of another version.
Result<PublishedManifest> decode_published(std::string_view bytes);

}  // namespace hapax
