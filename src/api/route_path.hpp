// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace hapax {

/// Stands in the pattern of a path for one part of it, whatever that is.
constexpr std::string_view kAnyName = "{name}";

/// Whether `path` (normal_path()) is one of `pattern`: nothing, or the part that kAnyName stands
/// for, which is empty when the pattern has none.
std::optional<std::string_view> match_path(std::string_view pattern, std::string_view path);

}  // namespace hapax
