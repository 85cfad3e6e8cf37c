// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/result.hpp"
#include "ports/clock.hpp"
#include "views/catalog/catalog_change.hpp"
#include "views/keeper/view_keeper.hpp"

namespace hapax {

/// Has `keeper` take in what this start declares, and logs a line for each view that changes.
/// Errors: those of ViewKeeper::change().
Result<void> put_in_force(const std::vector<DeclaredView>& declared, ViewKeeper::History history,
                          const Clock& clock, ViewKeeper& keeper);

}  // namespace hapax
