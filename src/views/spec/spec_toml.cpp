// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "config/toml.hpp"
#include "views/spec/spec_node.hpp"

namespace hapax {
namespace {

Error unreadable(const std::string& why, const toml::source_region& where) {
  return {.kind = ErrorKind::kInvalid,
          .message =
              fmt::format("the text cannot be read as views: line {}: {}", where.begin.line, why)};
}

Result<SpecNode> convert(const toml::node& node, std::size_t depth);

Result<SpecNode> convert_table(const toml::table& table, std::size_t depth) {
  SpecTable members;  // The library keeps keys in order.
  for (const auto& [key, value] : table) {
    HAPAX_ASSIGN(SpecNode converted, convert(value, depth + 1));
    members.push_back({std::string(key.str()), std::move(converted)});
  }
  return SpecNode{std::move(members)};
}

Result<SpecNode> convert_list(const toml::array& array, std::size_t depth) {
  SpecList list;
  for (const toml::node& element : array) {
    HAPAX_ASSIGN(SpecNode converted, convert(element, depth + 1));
    list.push_back(std::move(converted));
  }
  return SpecNode{std::move(list)};
}

Result<SpecNode> convert(const toml::node& node, std::size_t depth) {
  if (depth > kSpecDepthMax) {
    return unreadable(fmt::format("nested more than {} deep", kSpecDepthMax), node.source());
  }
  if (const auto* text = node.as_string()) {
    return SpecNode{text->get()};
  }
  if (const auto* truth = node.as_boolean()) {
    return SpecNode{truth->get()};
  }
  if (const auto* whole = node.as_integer()) {
    return SpecNode{static_cast<double>(whole->get())};
  }
  if (const auto* number = node.as_floating_point(); number && std::isfinite(number->get())) {
    return SpecNode{number->get()};
  }
  if (const auto* table = node.as_table()) {
    return convert_table(*table, depth);
  }
  if (const auto* array = node.as_array()) {
    return convert_list(*array, depth);
  }
  return unreadable("a view holds no such value; write dates as texts", node.source());
}

}  // namespace

Result<SpecNode> read_spec_toml(std::string_view text) {
  try {
    return convert(parse_toml(text), 0);
  } catch (const toml::parse_error& error) {
    return unreadable(std::string(error.description()), error.source());
  }
}

}  // namespace hapax
