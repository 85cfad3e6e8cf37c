// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/result.hpp"

namespace hapax {

/// Does what takes long on a thread of its own, so that the owner's goes on: one work at a time, in
/// the order of the calls. A work is let go on that thread, before the next one begins.
/// Callbacks run on the owner's thread, never inside a call of this or another port, at most once,
/// and not once this is destroyed; it is not destroyed while a work runs.
/// Threading: one owner. Lifetime: what `work` uses it must own, since whoever called may go before
/// it has run.
class SideWork {
 public:
  using Work = std::function<Result<void>()>;
  using Done = std::function<void(Result<void>)>;

  virtual ~SideWork() = default;

  /// Runs `work`, then `done` with what it returned; kExhausted or kInternal, it threw.
  virtual void run(Work work, Done done) = 0;
};

}  // namespace hapax
