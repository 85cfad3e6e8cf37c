// SPDX-License-Identifier: Apache-2.0
#include "core/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace hapax {
namespace {

/// Levenshtein's: letters to replace, insert or remove.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
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
