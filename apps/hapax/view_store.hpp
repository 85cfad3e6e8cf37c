// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "config/settings.hpp"
#include "core/result.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// What reads the view store that settings name. Connects to nothing yet. Errors: kInvalid, none is
/// named, or a setting cannot be right.
Result<std::unique_ptr<ViewStoreReader>> open_view_reader(const Settings& settings);

}  // namespace hapax
