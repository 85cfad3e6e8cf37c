// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cluster/movable_state.hpp"
#include "cluster/restoration_line.hpp"
#include "core/result.hpp"
#include "ports/side_work.hpp"

namespace hapax {

/// Continues a state that was kept, beside the owner's thread. Once; what is half restored cannot
/// be restored again. Threading: one owner. Lifetime: `side` must outlive it; it may go before the
/// state is restored.
class Restoration {
 public:
  explicit Restoration(SideWork& side) : side_(side) {}
  Restoration(const Restoration&) = delete;
  Restoration& operator=(const Restoration&) = delete;

  bool has_begun() const { return has_begun_; }
  /// As MovableState::restore(). Nobody else may use `state` until it is over. The turn of
  /// `fetched` is over once that is, whether this is still there or not.
  void begin(std::shared_ptr<MovableState> state, std::string payload, FetchedFiles fetched);
  /// What came of it; nothing while it is under way.
  const std::optional<Result<void>>& outcome() const { return outcome_; }

 private:
  SideWork& side_;
  bool has_begun_ = false;
  std::optional<Result<void>> outcome_;
};

}  // namespace hapax
