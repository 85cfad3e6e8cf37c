// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "access/key_ring.hpp"

namespace hapax {

/// The keys of the settings.
struct ConfiguredKeys {
  std::map<std::string, std::string, std::less<>> write = {};  ///< Key -> source; none: any key.
  ReadKeys read = {};
  KeySet event = {};
  KeySet admin = {};  ///< They may everything.
};

/// Which keys there are, for the admin: of each what it is for and how it begins, which is a
/// quarter of it at most. Write keys are whole, as every page that sends has them, but for those
/// that may read, too.
std::string keys_json(const ConfiguredKeys& keys);

}  // namespace hapax
