// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string_view>

#include "stream/window/window_assigner.hpp"

namespace hapax {

/// Erases what is there, under that name, of a window; with the last of it the window itself.
/// `window` and `name` may be those of what goes.
template <typename ByName>
void erase_of_window(std::map<Window, ByName>& windows, const Window& window,
                     std::string_view name) {
  const auto of_window = windows.find(window);
  ByName& by_name = of_window->second;
  by_name.erase(by_name.find(name));
  if (by_name.empty()) {
    windows.erase(of_window);
  }
}

}  // namespace hapax
