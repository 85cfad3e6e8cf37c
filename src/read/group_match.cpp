// SPDX-License-Identifier: Apache-2.0
#include "read/group_match.hpp"

#include <algorithm>

#include "views/runtime/group_key.hpp"

namespace hapax {

GroupMatch::GroupMatch(const std::vector<GroupValue>& where) : where_(where) {
  for (std::size_t i = 0; i < where_.size() && where_[i].field == i; ++i) {
    append_group_value(view_of(where_[i].value), near_);
    if (i == 0) {
      others_.push_back(other_groups(near_));
    }
  }
  if (!near_.empty()) {
    others_.push_back(other_groups({}));
  }
}

std::string GroupMatch::next_near(std::string_view window, std::string_view group) const {
  constexpr char kBehindAllGroups = '\xFF';
  std::string key(window);
  if (group < near_) {
    return key.append(near_);
  }
  const auto other = std::ranges::upper_bound(others_, group);
  return other != others_.end() ? key.append(*other) : key.append(1, kBehindAllGroups);
}

bool GroupMatch::matches(const std::vector<OwnedValue>& group) const {
  return std::ranges::all_of(where_, [&](const GroupValue& wanted) {
    return wanted.field < group.size() && group[wanted.field] == wanted.value;
  });
}

bool GroupMatch::may_match(const std::vector<OwnedValue>& group) const {
  return std::ranges::all_of(where_, [&](const GroupValue& wanted) {
    return wanted.field >= group.size() || group[wanted.field] == wanted.value;
  });
}

}  // namespace hapax
