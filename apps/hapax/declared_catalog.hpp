// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "views/catalog/catalog_change.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// Those that partitions count alike; of the others a line of the log tells.
std::vector<DeclaredView> counted_by_cluster(const std::vector<DeclaredView>& declared);

/// The names that postgres.sql_views says, of the views that a cluster counts; nothing: all, also
/// those that are declared later. Errors: kInvalid, of a name there is none.
Result<std::optional<std::vector<std::string>>> sql_views(const std::string& setting,
                                                          const ViewCatalog& counted);

}  // namespace hapax
