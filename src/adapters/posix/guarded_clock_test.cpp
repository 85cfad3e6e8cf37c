// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/guarded_clock.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

TEST(GuardedClockTest, FollowsTheWallClock) {
  StillClock machine;
  const GuardedClock clock(machine);
  machine.advance(hours(5));
  EXPECT_EQ(clock.now(), machine.now());
  machine.set_now(machine.now() - seconds(50));  // Corrected a little.
  EXPECT_EQ(clock.now(), machine.now());
  EXPECT_EQ(clock.stepped(), Microseconds(0));
}

TEST(GuardedClockTest, FollowsASlewHoweverFarItLeads) {
  StillClock machine;
  const GuardedClock clock(machine);
  for (int second = 0; second < 10'000; ++second) {
    machine.advance(seconds(1));
    machine.set_now(machine.now() + std::chrono::milliseconds(80));
    EXPECT_EQ(clock.now(), machine.now());
  }
}

TEST(GuardedClockTest, GoesOnByItselfWhileTheWallClockIsOff) {
  for (const auto step : {seconds(days(8)), seconds(-days(8)), seconds(61), seconds(-61)}) {
    StillClock machine;
    const GuardedClock clock(machine);
    const auto before = machine.now();
    machine.set_now(before + step);
    machine.advance(hours(1));
    EXPECT_EQ(clock.now(), before + hours(1)) << step.count();
    EXPECT_EQ(clock.stepped(), step) << step.count();
    machine.set_now(before + hours(1));
    EXPECT_EQ(clock.now(), machine.now()) << step.count();
    EXPECT_EQ(clock.stepped(), Microseconds(0)) << step.count();
  }
}

TEST(GuardedClockTest, BelievesTheFirstReading) {
  StillClock machine;
  machine.set_now(machine.now() + days(8));
  const GuardedClock clock(machine);
  EXPECT_EQ(clock.now(), machine.now());
}

/// A look that began before must not have the clock follow the machine's again.
TEST(GuardedClockTest, IsMovedWhoeverLooksAtThatMoment) {
  StillClock machine;
  GuardedClock clock(machine);
  const std::jthread looks([&](const std::stop_token& stopping) {
    while (!stopping.stop_requested()) {
      clock.stepped();
    }
  });
  const Microseconds off = days(8);
  for (int i = 0; i < 100'000; ++i) {
    clock.step(-off);
    ASSERT_EQ(clock.now(), machine.now() - off) << i;
    clock.step(off);
  }
}

}  // namespace
}  // namespace hapax
