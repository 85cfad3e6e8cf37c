// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cluster/state_keeper.hpp"
#include "core/result.hpp"
#include "ports/portable_store.hpp"

namespace hapax {

/// Which files of a store are kept as which objects: immutable ones once, the others with the
/// payload of each manifest. For a MovableState. Format: docs/formats/cluster.md.
/// Threading: one owner. Lifetime: `store` must outlive it.
class KeptFiles {
 public:
  explicit KeptFiles(PortableStore& store) : store_(store) {}

  /// Opens the store with what MovableState::restore() was given. Returns what was given to image()
  /// beside it; empty where nothing was kept yet. Errors: kCorrupt; those of the store.
  Result<std::string> restore(const std::string& payload, std::vector<std::string> names,
                              std::vector<std::string> files);
  /// The store as the last write left it. Errors: those of the store.
  Result<StateImage> image(std::string_view payload);
  /// The last image is kept under these names.
  void kept(const std::vector<std::string>& names);

 private:
  PortableStore& store_;
  std::map<std::string, std::string, std::less<>> objects_;  // By name of the file.
  std::vector<std::string> imaged_;                          // Files of the last image.
};

}  // namespace hapax
