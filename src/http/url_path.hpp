// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace hapax {

/// `path` with one slash for several and none at the end: routes do not tell these apart. "/" is
/// empty.
std::string normal_path(std::string_view path);

}  // namespace hapax
