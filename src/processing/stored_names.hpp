// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "processing/known_names.hpp"
#include "processing/manifest.hpp"
#include "views/minute_view.hpp"

namespace hapax {

/// Says in the manifest how many names are stored, or, without a limit, nothing.
void encode_names(const KnownNames& names, ManifestWriter& manifest);

/// The names of a state: those that it stored, or, from a state that was written without a limit,
/// those of its cells, as if each had been received when it happened. The latter takes a step for
/// each stored cell, once. `view`: restored. Errors: kCorrupt; those of the store.
Result<void> restore_names(const ManifestReader& manifest, StateStore& store,
                           const MinuteView& view, KnownNames& names);

}  // namespace hapax
