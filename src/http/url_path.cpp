// SPDX-License-Identifier: Apache-2.0
#include "http/url_path.hpp"

namespace hapax {

std::string normal_path(std::string_view path) {
  std::string normal;
  for (const char character : path) {
    if (character != '/' || !normal.ends_with('/')) {
      normal += character;
    }
  }
  if (normal.ends_with('/')) {
    normal.pop_back();
  }
  return normal;
}

}  // namespace hapax
