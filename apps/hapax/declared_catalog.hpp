// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/result.hpp"
#include "views/catalog/catalog_change.hpp"
#include "views/catalog/view_catalog.hpp"

namespace hapax {

/// A catalog that stays as it is: the views that settings declare, under the ids that a first start
/// gives them, and without those that partitions do not count alike, of which a line of the log
/// tells. Errors: those of with_declared().
Result<std::unique_ptr<const CatalogSource>> declared_catalog(
    const std::vector<DeclaredView>& declared);

}  // namespace hapax
