// SPDX-License-Identifier: Apache-2.0
#include "views/cell_run.hpp"

#include <algorithm>
#include <numeric>

namespace hapax {

void CellRun::sort() {
  const std::string_view groups = groups_;
  std::ranges::sort(entries_, [groups](const Entry& left, const Entry& right) {
    return left.start != right.start ? left.start < right.start
                                     : groups.substr(left.group_at, left.group_size) <
                                           groups.substr(right.group_at, right.group_size);
  });
}

CellRun CellRun::merge(const CellRun& older, const CellRun& newer) {
  CellRun merged;
  merged.entries_.reserve(older.size() + newer.size());
  merged.groups_.reserve(older.groups_.size() + newer.groups_.size());
  std::size_t old_at = 0;
  std::size_t new_at = 0;
  while (old_at < older.size() || new_at < newer.size()) {
    const bool has_old = old_at < older.size();
    const bool has_new = new_at < newer.size();
    const bool takes_new = has_new && (!has_old || newer.key(new_at) <= older.key(old_at));
    const bool both = takes_new && has_old && newer.key(new_at) == older.key(old_at);
    const CellRun& from = takes_new ? newer : older;
    const std::size_t at = takes_new ? new_at : old_at;
    merged.add(from.key(at), from[at].summary, from[at].added);
    new_at += takes_new ? 1 : 0;
    old_at += !takes_new || both ? 1 : 0;
  }
  return merged;
}

std::size_t CellRun::lower_bound(const CellKeyParts& key) const {
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
