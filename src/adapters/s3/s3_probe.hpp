// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.hpp"
#include "ports/object_store.hpp"
#include "ports/random.hpp"

namespace hapax {

/// Whether a store really creates only what is not there: one that ignores If-None-Match, as old
/// ones do, would let two owners of a state overwrite each other's manifests, and nobody would
/// notice. Creates a probe object, creates it again with other bytes, looks that the first ones are
/// there, then lets several create another one at once, of which one may win; removes both.
/// `place`: where the store is, for messages. Errors: kInvalid, it does not, and what it did;
/// otherwise those of the calls.
Result<void> probe_creation(PolledObjectStore& store, Random& random, const std::string& place);

}  // namespace hapax
