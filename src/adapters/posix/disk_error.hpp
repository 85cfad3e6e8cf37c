// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// What the failure of a system call on a file means: `code` is its errno. The message names call,
/// path and reason; kExhausted, with a hint what there is no more of, or kUnavailable.
Error disk_error(std::string_view call, const std::string& path, int code);

}  // namespace hapax
