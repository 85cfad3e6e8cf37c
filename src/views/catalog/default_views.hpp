// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {

/// The views that are built in, of what most people ask first: docs/views.md. What one says never
/// changes, or every upgrade would count it anew: another meaning is another name.
/// `names`: a list, "a,b", or "all" or "none". Errors: kInvalid, there is none of a name, with the
/// one that was probably meant.
Result<std::vector<ViewSpec>> default_views(std::string_view names);

}  // namespace hapax
