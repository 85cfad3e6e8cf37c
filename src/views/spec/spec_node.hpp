// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"

namespace hapax {

struct SpecNode;
struct SpecMember;
using SpecList = std::vector<SpecNode>;
using SpecTable = std::vector<SpecMember>;  ///< In the order of its keys, each once.

/// A value of a JSON or a TOML text, so that both are read by the same code into the same thing,
/// with the same errors.
struct SpecNode {
  std::variant<std::monostate, bool, double, std::string, SpecList, SpecTable> value;

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

struct SpecMember {
  std::string key;
  SpecNode value;
};

/// Deepest nesting of a spec.
constexpr std::size_t kSpecDepthMax = 32;

/// `what` the text should be, for errors.
/// Errors: kInvalid, where the text is no JSON; a key that is there twice; nested too deep.
Result<SpecNode> read_spec_json(std::string_view text, std::string_view what = "a view");

/// Errors: kInvalid, where the text is no TOML; a value that JSON does not have (a date, nan).
Result<SpecNode> read_spec_toml(std::string_view text);

/// The value of `key`, or nothing.
const SpecNode* find_member(const SpecTable& table, std::string_view key);

}  // namespace hapax
