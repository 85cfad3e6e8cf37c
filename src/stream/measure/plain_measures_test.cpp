// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/plain_measures.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string_view>

#include "stream/measure/measure_test_support.hpp"

namespace hapax {
namespace {

using Answer = MeasureResult::Answer;
using Limits = std::numeric_limits<double>;
using enum MeasureKind;

const Value kText = std::string_view("7");
const History kMixed = {event_with(3.0), event_with(kText), event_with(Value()), event_with(-4.0),
                        event_with(true)};

TEST(PlainMeasuresTest, OfNoEventThereIsNothingToSay) {
  EXPECT_EQ(result_of({.kind = kCount}, {}).answer, Answer(std::uint64_t{0}));
  for (const MeasureKind kind : {kSum, kAvg, kMin, kMax, kFirst, kLast}) {
    EXPECT_EQ(result_of({.kind = kind}, {}), MeasureResult());
  }
}

TEST(PlainMeasuresTest, ACountIsOfAllEvents) {
  EXPECT_EQ(result_of({.kind = kCount}, kMixed).answer, Answer(std::uint64_t{5}));
}

TEST(PlainMeasuresTest, ARateIsPerSecondOfWindow) {
  EXPECT_EQ(result_of({.kind = kRate}, kMixed, Microseconds(2'000'000)).answer, Answer(2.5));
  EXPECT_EQ(result_of({.kind = kRate}, kMixed, Microseconds(0)).answer, Answer());
}

TEST(PlainMeasuresTest, ValuesOfTheWrongKindAreSkippedAndCounted) {
  const auto expect = [](MeasureKind kind, double answer) {
    const MeasureResult result = result_of({.kind = kind}, kMixed);
    EXPECT_EQ(result.answer, Answer(answer));
    EXPECT_EQ(result.skipped, 2U) << "absent is no value";
  };
  expect(kSum, -1);
  expect(kAvg, -0.5);
  expect(kMin, -4);
  expect(kMax, 3);
}

TEST(PlainMeasuresTest, WhatIsNotFiniteIsNoNumber) {
  for (const MeasureKind kind : {kSum, kAvg, kMin, kMax, kQuantile}) {
    const MeasureResult result = result_of(
        {.kind = kind}, {event_with(Limits::infinity()), event_with(-Limits::infinity())});
    EXPECT_EQ(result.answer, Answer());
    EXPECT_EQ(result.skipped, 2U);
  }
}

TEST(PlainMeasuresTest, ASumBeyondTheDoublesSaysSo) {
  const MeasureResult beyond = result_of({.kind = kSum}, {event_with(1e308), event_with(1e308)});
  EXPECT_EQ(beyond.answer, Answer(Limits::infinity()));
  EXPECT_TRUE(beyond.overflow);
  const MeasureResult back =
      result_of({.kind = kSum}, {event_with(1e308), event_with(1e308), event_with(-1e308)});
  EXPECT_EQ(back.answer, Answer(1e308));
  EXPECT_FALSE(back.overflow);
}

TEST(PlainMeasuresTest, ZeroHasOneSign) {
  for (const MeasureKind kind : {kSum, kAvg, kMin, kMax, kFirst, kLast}) {
    const double zero = std::get<double>(result_of({.kind = kind}, {event_with(-0.0)}).answer);
    EXPECT_FALSE(std::signbit(zero));
  }
}

TEST(PlainMeasuresTest, FirstAndLastGoByEventTimeNotByArrival) {
  const History history = {event_with(2.0, 20), event_with(3.0, 30), event_with(1.0, 10)};
  EXPECT_EQ(result_of({.kind = kFirst}, history).answer, Answer(1.0));
  EXPECT_EQ(result_of({.kind = kLast}, history).answer, Answer(3.0));
}

TEST(PlainMeasuresTest, OfOneTimeTheLeastIdAndThenTheLeastValueCounts) {
  for (const MeasureKind kind : {kFirst, kLast}) {
    EXPECT_EQ(result_of({.kind = kind}, {event_with(kText, 5, 2), event_with(9.0, 5, 1)}).answer,
              Answer(9.0));
    EXPECT_EQ(result_of({.kind = kind}, {event_with(9.0, 5, 1), event_with(kText, 5, 2)}).answer,
              Answer(9.0));
    EXPECT_EQ(result_of({.kind = kind}, {event_with(kText, 5, 1), event_with(9.0, 5, 1)}).answer,
              Answer(9.0))
        << "numbers are before texts";
  }
}

TEST(PlainMeasuresTest, FirstAndLastPassOverAbsentValues) {
  const History history = {event_with(Value(), -5), event_with(kText, 0), event_with(Value(), 5)};
  EXPECT_EQ(result_of({.kind = kFirst}, history).answer, Answer("7"));
  EXPECT_EQ(result_of({.kind = kLast}, history).answer, Answer("7"));
}

}  // namespace
}  // namespace hapax
