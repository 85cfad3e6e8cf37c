// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/state_keeper.hpp"
#include "core/result.hpp"

namespace hapax {

/// A state that can be kept as files and continued from them elsewhere. Threading: one owner.
class MovableState {
 public:
  virtual ~MovableState() = default;

  /// Continues what freeze() once returned; on a new state only. `names` and `files`: those of all
  /// files of the image, those that were kept before those that were fresh; none and an empty
  /// payload where nothing was kept yet. Errors: kCorrupt.
  virtual Result<void> restore(const std::string& payload, std::vector<std::string> names,
                               std::vector<std::string> files) = 0;
  /// The state now. `version`: the number of the manifest that will have it, greater each time.
  /// Errors: kUnavailable, try again.
  virtual Result<StateImage> freeze(std::uint64_t version) = 0;
  /// What freeze() returned last is kept under these names.
  virtual void kept(const std::vector<std::string>& names) = 0;
};

}  // namespace hapax
