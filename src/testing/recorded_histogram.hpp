// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/mutex.hpp"
#include "ports/metrics.hpp"

namespace hapax {

/// Remembers what it was told. Threading: all calls may run at the same time.
class RecordedHistogram : public Histogram {
 public:
  using Histogram::observe;

  void observe(double value) override {
    const MutexLock lock(mutex_);
    values_.push_back(value);
  }

  std::vector<double> values() const {
    const MutexLock lock(mutex_);
    return values_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<double> values_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
