// SPDX-License-Identifier: Apache-2.0
#include "zones/zone_data.hpp"

#include <algorithm>

#include "zones/zone_tables.hpp"

namespace hapax {

std::string_view tzdata_version() {
  return zone_tables().version;
}

std::vector<std::string_view> zone_names() {
  std::vector<std::string_view> names;
  for (const ZoneEntry& entry : zone_tables().entries) {
    names.push_back(entry.name);
  }
  return names;
}

std::optional<std::string_view> find_zone_data(std::string_view name) {
  const auto entries = zone_tables().entries;
  const auto found = std::lower_bound(
      entries.begin(), entries.end(), name,
      [](const ZoneEntry& entry, std::string_view key) { return entry.name < key; });
  if (found == entries.end() || found->name != name) {
    return std::nullopt;
  }
  return zone_tables().blocks.substr(found->begin, found->bytes);
}

}  // namespace hapax
