// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace hapax {

struct ZoneEntry {
  std::string_view name;
  std::size_t begin;  ///< Of its block.
  std::size_t bytes;
};

/// What zone_pack writes when Hapax is built; zone_data.hpp is how to read it.
struct ZoneTables {
  std::string_view version;
  std::string_view blocks;
  std::span<const ZoneEntry> entries;  ///< Sorted by name.
};

const ZoneTables& zone_tables();

}  // namespace hapax
