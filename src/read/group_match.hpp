// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/row_query.hpp"

namespace hapax {

/// Which groups a query wants, as group_key.hpp encodes them. Threading: immutable.
class GroupMatch {
 public:
  /// `where`: each field once, ascending.
  explicit GroupMatch(const std::vector<GroupValue>& where);

  /// Whether its first values are those wanted of them, which groups are side by side, or it stands
  /// for others among which they may be.
  bool is_near(std::string_view group) const {
    return group.starts_with(near_) || std::ranges::find(others_, group) != others_.end();
  }
  /// Of a key with a group that is not near: the first key behind it that may have one.
  std::string next_near(std::string_view window, std::string_view group) const;

  /// Whether the values of a near group are those wanted.
  bool matches(const std::vector<OwnedValue>& group) const;
  /// The same, or it stands for others among which such groups may be.
  bool may_match(const std::vector<OwnedValue>& group) const;

 private:
  std::vector<GroupValue> where_;
  std::string near_;                 ///< The bytes that the groups wanted begin with.
  std::vector<std::string> others_;  ///< Among which they may be; ascending, all behind near_.
};

}  // namespace hapax
