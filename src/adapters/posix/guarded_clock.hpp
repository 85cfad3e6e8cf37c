// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "ports/clock.hpp"

namespace hapax {

/// Keeps a step of the machine's wall clock (an operator, a broken time server, a virtual machine
/// resumed) away from what is stamped: a jump forward would make every id in the dedup window look
/// old and every later event late. now() follows the wall clock as long as it has kept within
/// kStepLimit of the monotonic clock since the last look, and otherwise goes on by the monotonic
/// clock from there until the two agree again. A clock that is slewed is followed, however far that
/// leads, and a suspended machine is no step, since SystemClock's monotonic time counts it.
/// The first reading is taken as it is: whether it is believed, others decide
/// (arrival/clock_keeper.hpp).
/// Cost: that of the wall clock; the monotonic one is read once a second.
/// Threading: as the port says. Lifetime: `clock` must outlive it.
class GuardedClock : public StampClock {
 public:
  /// Above what time servers correct at once; what is left of an error is about a cell's width.
  static constexpr std::chrono::minutes kStepLimit{1};

  explicit GuardedClock(const Clock& clock);

  ProcessingTime now() const override;
  std::chrono::nanoseconds monotonic() const override { return clock_.monotonic(); }
  std::chrono::nanoseconds worked() const override { return clock_.worked(); }

  Microseconds stepped() const override;
  void step(Microseconds by) override;

 private:
  Microseconds wall() const { return clock_.now().time_since_epoch(); }
  Microseconds compare(Microseconds wall) const;

  const Clock& clock_;
  /// Microseconds from the monotonic clock to the wall clock when they last agreed.
  mutable std::atomic<Microseconds::rep> distance_;
  /// The wall clock then; after a step() a value that it never had before.
  mutable std::atomic<Microseconds::rep> agreed_;
  std::atomic<Microseconds::rep> steps_ = 0;
};

}  // namespace hapax
