// SPDX-License-Identifier: Apache-2.0
#include "views/spec/spec_node.hpp"

#include <algorithm>

namespace hapax {

const SpecNode* find_member(const SpecTable& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const SpecMember& member) { return member.key == key; });
  return found == table.end() ? nullptr : &found->value;
}

}  // namespace hapax
