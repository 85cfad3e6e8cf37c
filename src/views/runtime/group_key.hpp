// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/value.hpp"
#include "stream/measure/owned_value.hpp"
#include "stream/window/window_assigner.hpp"

namespace hapax {

/// Bytes of values, of groups and of cells, whose order as bytes is the order of what they say.
/// Values are ordered: absent, false, true, numbers (-0 is 0), texts by their bytes. Groups are
/// ordered by their first value, then by the next one; cells by window, then by group. None is the
/// beginning of another one of as many values. Stored: docs/formats/views.md.
void append_group_value(const Value& value, std::string& out);
/// The values that `group` was made of. Nothing when it was not made so. Of all other groups, those
/// that other_groups() was made with: fewer than a group has.
std::optional<std::vector<OwnedValue>> decode_group(std::string_view group);
/// The values of a group of which `begin` is the beginning, as far as they are there: the last one
/// may be the beginning of a text, without a part of a character at its end.
std::vector<OwnedValue> decode_group_beginning(std::string_view begin);

/// What stands for all groups that begin with `values` and have no cell of their own: it is behind
/// them.
std::string other_groups(std::string_view values);
/// The bytes of the first value of a group, which has one.
std::string_view first_value(std::string_view group);

/// What a cell's key begins with. Of one view's windows, the order of starts and that of ends are
/// the same, so that the windows which end first have the first keys.
std::string window_key(const Window& window);

/// A key cut in two; `group` points into the key.
struct ViewCellKey {
  Window window;
  std::string_view group;
};
/// Nothing when `key` is too short.
std::optional<ViewCellKey> split_view_cell_key(std::string_view key);

}  // namespace hapax
