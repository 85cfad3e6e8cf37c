// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "views/catalog/catalog_change.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// As with_declared(), without those views that partitions do not count alike, of which a line of
/// the log tells. Errors: those of with_declared().
Result<ViewCatalog> with_counted_by_cluster(const ViewCatalog& catalog,
                                            const std::vector<DeclaredView>& declared,
                                            ProcessingTime now);

/// The names that postgres.sql_views says, of the views that a cluster counts; nothing: all, also
/// those that are declared later. Errors: kInvalid, of a name there is none.
Result<std::optional<std::vector<std::string>>> sql_views(const std::string& setting,
                                                          const ViewCatalog& counted);

}  // namespace hapax
