// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "config/settings.hpp"
#include "core/result.hpp"
#include "ports/clock.hpp"
#include "ports/object_store.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// The object store of cluster.objects. Errors: kInvalid, it is neither "s3://bucket/prefix" nor
/// "file:///folder", or must not be used so, and why; kUnavailable, it does not answer.
/// Lifetime: what is passed must outlive it.
Result<std::unique_ptr<PolledObjectStore>> open_objects(const Settings& settings, Storage& storage,
                                                        const Clock& clock, Random& random);

}  // namespace hapax
