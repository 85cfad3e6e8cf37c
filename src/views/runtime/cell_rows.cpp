// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/cell_rows.hpp"

#include <algorithm>
#include <numeric>

namespace hapax {

void CellRows::add(std::string_view key, std::string_view value) {
  rows_.push_back({.at = bytes_.size(), .key_size = key.size(), .value_size = value.size()});
  bytes_.append(key).append(value);
}

void CellRows::sort() {
  const std::string_view bytes = bytes_;
  std::ranges::sort(rows_, {},
                    [bytes](const Row& row) { return bytes.substr(row.at, row.key_size); });
}

CellRows CellRows::merge(const CellRows& older, const CellRows& newer) {
  CellRows merged;
  merged.rows_.reserve(older.size() + newer.size());
  merged.bytes_.reserve(older.bytes_.size() + newer.bytes_.size());
  std::size_t old_at = 0;
  for (std::size_t new_at = 0; new_at < newer.size(); ++new_at) {
    for (; old_at < older.size() && older.key(old_at) < newer.key(new_at); ++old_at) {
      merged.add(older.key(old_at), older.value(old_at));
    }
    old_at += old_at < older.size() && older.key(old_at) == newer.key(new_at) ? 1 : 0;
    merged.add(newer.key(new_at), newer.value(new_at));
  }
  for (; old_at < older.size(); ++old_at) {
    merged.add(older.key(old_at), older.value(old_at));
  }
  return merged;
}

std::size_t CellRows::lower_bound(std::string_view key) const {
  std::size_t from = 0;
  std::size_t to = size();
  while (from < to) {
    const std::size_t middle = std::midpoint(from, to);
    if (this->key(middle) < key) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

}  // namespace hapax
