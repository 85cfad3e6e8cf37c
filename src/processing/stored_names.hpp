// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "processing/known_names.hpp"
#include "processing/manifest.hpp"
#include "views/runtime/running_view.hpp"

namespace hapax {

/// Says in the manifest how many names are stored, or, without a limit, nothing.
void encode_names(const KnownNames& names, ManifestWriter& manifest);

/// The names of a state: those that it stored, or, from a state that was written without a limit,
/// those of the cells of the views that group by source, type and event, as if each had been
/// received when its window began. The latter takes a step for each stored cell, once; without such
/// a view none is known. `views`: restored. Errors: kCorrupt; those of the store.
Result<void> restore_names(const ManifestReader& manifest, StateStore& store,
                           std::span<RunningView* const> views, KnownNames& names);

}  // namespace hapax
