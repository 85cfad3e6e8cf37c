// SPDX-License-Identifier: Apache-2.0
#include "zones/zone_data.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace hapax {
namespace {

struct Entry {
  std::string_view name;
  std::size_t begin;
  std::size_t bytes;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include HAPAX_ZONE_DATA
#pragma GCC diagnostic pop

}  // namespace

std::string_view tzdata_version() {
  return kVersion;
}

std::vector<std::string_view> zone_names() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kEntries) {
    names.push_back(entry.name);
  }
  return names;
}

std::optional<std::string_view> find_zone_data(std::string_view name) {
  const auto* found =
      std::lower_bound(std::begin(kEntries), std::end(kEntries), name,
                       [](const Entry& entry, std::string_view key) { return entry.name < key; });
  if (found == std::end(kEntries) || found->name != name) {
    return std::nullopt;
  }
  return std::string_view(kBlocks + found->begin, found->bytes);
}

}  // namespace hapax
