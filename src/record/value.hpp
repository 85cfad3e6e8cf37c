// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <variant>

namespace hapax {

/// What a field of an event holds, typed: a property that is a number in one event and a text in
/// the next has two kinds of values, which nothing mixes. monostate: the field is absent or null.
/// Ownership: text points into the record, or into what was decoded of it.
using Value = std::variant<std::monostate, bool, double, std::string_view>;

}  // namespace hapax
