// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace hapax {

/// Takes measurements of one thing: how long it took, how large it was. For what happens once a
/// request, group or checkpoint; events are counted elsewhere.
/// Threading: all calls may run at the same time. Cost: some tens of nanoseconds.
class Histogram {
 public:
  virtual ~Histogram() = default;

  /// In base units: seconds, bytes, records.
  virtual void observe(double value) = 0;

  void observe(std::chrono::nanoseconds duration) {
    observe(std::chrono::duration<double>(duration).count());
  }
};

/// For whoever does not want to know.
inline Histogram& unmeasured() {
  class Nothing final : public Histogram {
   public:
    using Histogram::observe;
    void observe(double) override {}
  };
  static Nothing nothing;
  return nothing;
}

}  // namespace hapax
