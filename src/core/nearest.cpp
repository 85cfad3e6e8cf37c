// SPDX-License-Identifier: Apache-2.0
#include "core/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace hapax {
namespace {

/// Letters to replace, insert or remove, or neighbours to swap ("wbe" is one from "web").
/// Damerau's distance in which no letter is changed twice (optimal string alignment).
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last;
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= left.size(); ++i) {
    before_last = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const bool is_same = left[i - 1] == right[j - 1];
      row[j] = std::min({last[j - 1] + (is_same ? 0 : 1), row[j - 1] + 1, last[j] + 1});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> known) {
  std::optional<std::string_view> found;
  std::size_t fewest = (word.size() + 1) / 3 + 1;
  for (const std::string_view candidate : known) {
    if (const std::size_t changes = edit_distance(word, candidate); changes < fewest) {
      fewest = changes;
      found = candidate;
    }
  }
  return found;
}

}  // namespace hapax
