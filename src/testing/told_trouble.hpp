// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "core/mutex.hpp"
#include "ports/topic_trouble.hpp"

namespace hapax {

/// Trouble that a test tells of. Threading: any.
class ToldTrouble : public TopicTrouble {
 public:
  void tell(Trouble trouble) {
    const MutexLock lock(mutex_);
    trouble_ = std::move(trouble);
  }
  Trouble trouble() const override {
    const MutexLock lock(mutex_);
    return trouble_;
  }

 private:
  mutable Mutex mutex_;
  Trouble trouble_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
