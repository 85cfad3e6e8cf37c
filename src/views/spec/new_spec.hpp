// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {

/// Of a spec that is declared. One that is stored already is not asked, so that it opens.
/// Errors: kInvalid, its condition is never true; a measure is called as rows call something else.
Result<void> check_new_spec(const ViewSpec& spec);

}  // namespace hapax
