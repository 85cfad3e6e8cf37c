// SPDX-License-Identifier: Apache-2.0
#include "api/route_path.hpp"

namespace hapax {

std::optional<std::string_view> match_path(std::string_view pattern, std::string_view path) {
  const std::size_t name_at = pattern.find(kAnyName);
  if (name_at == std::string_view::npos) {
    return pattern == path ? std::optional(std::string_view()) : std::nullopt;
  }
  const std::string_view before = pattern.substr(0, name_at);
  const std::string_view behind = pattern.substr(before.size() + kAnyName.size());
  if (!path.starts_with(before) || !path.ends_with(behind) ||
      path.size() <= before.size() + behind.size()) {
    return std::nullopt;
  }
  const std::string_view name =
      path.substr(before.size(), path.size() - before.size() - behind.size());
  return name.find('/') == std::string_view::npos ? std::optional(name) : std::nullopt;
}

}  // namespace hapax
