// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/result.hpp"
#include "views/catalog/catalog_change.hpp"

namespace hapax {

/// The views that a start declares: every [[view]] of the settings file, and those of
/// views.defaults. `file_text`: nothing when there is no file.
/// Errors: kInvalid, one cannot be read or counted, with the place and the reason.
Result<std::vector<DeclaredView>> declared_views(const Settings& settings,
                                                 const std::string& file_name,
                                                 const std::optional<std::string>& file_text);

}  // namespace hapax
