// SPDX-License-Identifier: Apache-2.0
#include "stream/forget_floor.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using std::chrono::hours;

constexpr Microseconds kDay = hours(24);

ProcessingTime at(Microseconds time) {
  return ProcessingTime(time);
}

TEST(ForgetFloorTest, RemembersTheWindowAndAtMostAQuarterMore) {
  ForgetFloor floor;
  EXPECT_TRUE(floor.remembers(span_of(at(Microseconds(0)), kDay)));
  floor.pass(at(hours(30)), kDay);  // Spans of six hours: its own begins at 30.
  EXPECT_EQ(floor.value(), at(hours(6)));
  EXPECT_FALSE(floor.remembers(span_of(at(hours(6)) - Microseconds(1), kDay)));
  EXPECT_TRUE(floor.remembers(span_of(at(hours(6)), kDay)));
}

TEST(ForgetFloorTest, NeverFallsWhenTheClockStepsBackOrTheWindowGrows) {
  ForgetFloor floor;
  floor.pass(at(hours(48)), kDay);
  const ProcessingTime value = floor.value();
  floor.pass(at(hours(1)), kDay);
  EXPECT_EQ(floor.value(), value);
  floor.pass(at(hours(49)), 30 * kDay);
  EXPECT_EQ(floor.value(), value);
  EXPECT_EQ(floor.holds_in_full(30 * kDay), value + 30 * kDay);
}

TEST(ForgetFloorTest, RisesWithAShorterWindowFromItsFirstEventOn) {
  ForgetFloor floor;
  floor.pass(at(hours(48)), kDay);
  floor.pass(at(hours(48)), hours(4));
  EXPECT_EQ(floor.value(), at(hours(44)));
}

TEST(ForgetFloorTest, GoesOnFromWhatWasStored) {
  ForgetFloor floor;
  floor.pass(at(hours(48)), kDay);
  ForgetFloor restored = ForgetFloor::restored(floor.value());
  restored.pass(at(hours(48)), kDay);
  EXPECT_EQ(restored.value(), floor.value());
}

}  // namespace
}  // namespace hapax
