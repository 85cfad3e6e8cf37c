// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace hapax {

/// The one of `known` that is spelled most like `word`, for "did you mean ...?". Nothing when more
/// than a third of its letters would have to change; two neighbours that are swapped are one
/// change.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> known);

}  // namespace hapax
