// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace hapax {

/// The views that a setting names, of those that there are: `names` is a list, "a,b", or "all" or
/// "none". They point into `known`. Errors: kInvalid, no view of a name `is_known` ("is built in"),
/// with the one that was probably meant.
Result<std::vector<std::string_view>> chosen_views(std::string_view names,
                                                   std::span<const std::string_view> known,
                                                   std::string_view is_known);

}  // namespace hapax
