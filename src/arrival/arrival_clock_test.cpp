// SPDX-License-Identifier: Apache-2.0
#include "arrival/arrival_clock.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// Does something between the reading of the clock and its use, as a paused process does.
class PausedClock : public Clock {
 public:
  explicit PausedClock(const Clock& clock) : clock_(clock) {}

  ProcessingTime now() const override {
    const ProcessingTime now = clock_.now();
    if (const auto pause = std::exchange(pause_, nullptr)) {
      pause();
    }
    return now;
  }
  std::chrono::nanoseconds monotonic() const override { return clock_.monotonic(); }
  void pause_next(std::function<void()> pause) { pause_ = std::move(pause); }

 private:
  const Clock& clock_;
  mutable std::function<void()> pause_;
};

TEST(ArrivalClockTest, IsSettledUpToTheOldestThatIsOnItsWay) {
  StillClock clock;
  ArrivalClock arrivals(clock);
  const ProcessingTime start = clock.now();
  std::optional first = arrivals.arrive();
  EXPECT_EQ(first->received_at(), start);
  clock.advance(seconds(1));
  std::optional second = arrivals.arrive();
  clock.advance(seconds(1));
  EXPECT_EQ(arrivals.settled(), start);
  first.reset();
  EXPECT_EQ(arrivals.settled(), start + seconds(1));
  second.reset();
  EXPECT_EQ(arrivals.settled(), start + seconds(2));
}

TEST(ArrivalClockTest, IsIdleWhenNothingIsOnItsWay) {
  StillClock clock;
  ArrivalClock arrivals(clock);
  EXPECT_TRUE(arrivals.idle());
  {
    const auto arrival = arrivals.arrive();
    EXPECT_FALSE(arrivals.idle());
  }
  EXPECT_TRUE(arrivals.idle());
}

TEST(ArrivalClockTest, DrawsNothingBeforeWhatIsSettledWhenTheClockStepsBack) {
  StillClock clock;
  ArrivalClock arrivals(clock);
  clock.advance(seconds(10));
  const ProcessingTime settled = arrivals.settled();
  clock.set_now(settled - hours(1));
  EXPECT_EQ(arrivals.arrive().received_at(), settled);
  EXPECT_EQ(arrivals.settled(), settled);
}

// Reliability row 51.
TEST(ArrivalClockTest, APauseBetweenTheReadingAndItsUseHoldsWhatIsSettled) {
  StillClock machine;
  PausedClock clock(machine);
  ArrivalClock arrivals(clock);
  ProcessingTime settled_meanwhile;
  clock.pause_next([&] {
    machine.advance(hours(1));
    settled_meanwhile = arrivals.settled();
  });
  const auto arrival = arrivals.arrive();
  EXPECT_LE(settled_meanwhile, arrival.received_at());
  EXPECT_LE(arrivals.settled(), arrival.received_at());
}

TEST(ArrivalClockTest, AMovedArrivalEndsOnce) {
  StillClock clock;
  ArrivalClock arrivals(clock);
  const ProcessingTime start = clock.now();
  {
    auto arrival = arrivals.arrive();
    const auto moved = std::move(arrival);
    clock.advance(seconds(5));
    EXPECT_EQ(moved.received_at(), start);
    EXPECT_EQ(arrivals.settled(), start);
  }
  EXPECT_EQ(arrivals.settled(), start + seconds(5));
}

/// A clock that others move.
class MovedClock : public StampClock {
 public:
  ProcessingTime now() const override {
    const ProcessingTime now = machine.now() + moved;
    if (const auto meanwhile = std::exchange(after_next_reading, nullptr)) {
      meanwhile();
    }
    return now;
  }
  std::chrono::nanoseconds monotonic() const override { return machine.monotonic(); }
  Microseconds stepped() const override { return -moved; }
  void step(Microseconds by) override { moved += by; }

  StillClock machine;
  Microseconds moved{0};
  mutable std::function<void()> after_next_reading;
};

// Reliability row 49.
TEST(ArrivalClockTest, NothingIsPastInADoubt) {
  StillClock clock;
  ArrivalClock arrivals(clock);
  EXPECT_EQ(arrivals.arrive().clock_epoch(), kUndoubted);
  arrivals.begin_doubt(ClockEpoch(7));
  EXPECT_EQ(arrivals.arrive().clock_epoch(), ClockEpoch(7));
  EXPECT_EQ(arrivals.settled(), ProcessingTime::min());
}

TEST(ArrivalClockTest, WhatIsOnItsWayWhenADoubtEndsIsPastWhereItBelongs) {
  for (const Microseconds shift : {Microseconds(hours(9)), Microseconds(-hours(9))}) {
    MovedClock clock;
    ArrivalClock arrivals(clock);
    arrivals.begin_doubt(ClockEpoch(1));
    std::optional on_its_way = arrivals.arrive();
    clock.machine.advance(seconds(5));
    arrivals.end_doubt(shift, clock);
    EXPECT_EQ(arrivals.settled(), on_its_way->received_at() + shift);
    EXPECT_EQ(arrivals.arrive().received_at(), on_its_way->received_at() + shift + seconds(5));
    on_its_way.reset();
    EXPECT_EQ(arrivals.settled(), clock.now());
  }
}

TEST(ArrivalClockTest, AClockThatIsSetBackIsFollowed) {
  MovedClock clock;
  ArrivalClock arrivals(clock);
  const auto before = arrivals.arrive();
  arrivals.step(-hours(3), clock);
  EXPECT_EQ(arrivals.arrive().received_at(), before.received_at() - hours(3));
}

// A reading from before the move is no time of after it.
TEST(ArrivalClockTest, AReadingThatAMoveOvertakesIsTakenAgain) {
  MovedClock clock;
  ArrivalClock arrivals(clock);
  const ProcessingTime start = clock.now();
  clock.after_next_reading = [&] { arrivals.step(-hours(3), clock); };
  EXPECT_EQ(arrivals.arrive().received_at(), start - hours(3));
}

}  // namespace
}  // namespace hapax
