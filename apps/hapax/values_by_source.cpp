// SPDX-License-Identifier: Apache-2.0
#include "values_by_source.hpp"

namespace hapax {

ValuesBySource::Values ValuesBySource::first(std::size_t count) const {
  Values shown;
  std::size_t sources = 0;
  const std::string* last = nullptr;
  for (const auto& [key, value] : values_) {
    if (last == nullptr || *last != key.first) {
      ++sources;
      last = &key.first;
    }
    shown[{sources <= count ? key.first : kOther, key.second}] += value;
  }
  return shown;
}

}  // namespace hapax
