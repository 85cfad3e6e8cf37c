// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace hapax
