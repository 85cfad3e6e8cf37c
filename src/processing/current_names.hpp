// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/mutex.hpp"
#include "ports/name_limit.hpp"

namespace hapax {

/// The limit of whichever processor core is at work: one that begins anew brings names of its own.
/// Threading: all calls may run at the same time.
class CurrentNames final : public NameLimit {
 public:
  /// `names` must live until the next use() has returned, or this object is gone.
  explicit CurrentNames(NameLimit& names) : names_(&names) {}

  void use(NameLimit& names) {
    const WriterLock lock(mutex_);
    names_ = &names;
  }

  bool admit(std::string_view source, std::string_view name, ProcessingTime received_at) override {
    const ReaderLock lock(mutex_);
    return names_->admit(source, name, received_at);
  }

  NameLimitStats stats() const override {
    const ReaderLock lock(mutex_);
    return names_->stats();
  }

 private:
  mutable SharedMutex mutex_;
  NameLimit* names_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
