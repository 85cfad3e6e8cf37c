// SPDX-License-Identifier: Apache-2.0
#include "assets/asset.hpp"

#include <algorithm>

namespace hapax {

const Asset* find_asset(Assets assets, std::string_view path) {
  const auto found = std::ranges::find(assets, path, &Asset::path);
  return found != assets.end() ? &*found : nullptr;
}

}  // namespace hapax
