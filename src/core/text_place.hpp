// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace hapax {

/// Where `text` is looked for among the few that came a moment ago, in so many
/// places. Names tend to differ in length or at their ends. Who chooses texts that meet in one
/// place gains nothing but that they are looked for elsewhere, too.
inline std::size_t text_place(std::string_view text, std::size_t places) {
  if (text.empty()) {
    return 0;
  }
  const std::size_t first = static_cast<unsigned char>(text.front());
  const std::size_t last = static_cast<unsigned char>(text.back());
  return (text.size() + 7 * first + 3 * last) % places;
}

}  // namespace hapax
