// SPDX-License-Identifier: Apache-2.0
#include "partition/guarded_calls.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

Result<int> failed() {
  return Error{ErrorKind::kUnavailable, "it is away"};
}

class PacedCallsTest : public testing::Test {
 protected:
  std::function<void(Result<int>)> call() {
    return calls_.guarded(
        std::function<void(Result<int>)>([this](const Result<int>& answer) { told_ = answer; }));
  }
  /// How long it takes until an error is told.
  nanoseconds fail() {
    told_.reset();
    call()(failed());
    nanoseconds passed{0};
    for (; !told_; passed += milliseconds(5)) {
      clock_.advance(milliseconds(5));
      calls_.step();
    }
    EXPECT_FALSE(*told_);
    return passed;
  }

  StillClock clock_;
  std::optional<Error> trouble_;
  PacedCalls calls_{clock_, trouble_};
  std::optional<Result<int>> told_;
};

TEST_F(PacedCallsTest, ErrorsInARowAreToldLaterAndLater) {
  EXPECT_EQ(fail(), milliseconds(20));
  EXPECT_EQ(fail(), milliseconds(40));
  EXPECT_EQ(fail(), milliseconds(80));
  for (int i = 0; i < 10; ++i) {
    fail();
  }
  EXPECT_EQ(fail(), seconds(10));
}

TEST_F(PacedCallsTest, WhatSucceedsIsToldAtOnceAndEndsThePauses) {
  fail();
  fail();
  ASSERT_TRUE(trouble_);
  call()(1);
  EXPECT_EQ(told_->value(), 1);
  EXPECT_FALSE(trouble_);
  EXPECT_EQ(fail(), milliseconds(20));
}

TEST_F(PacedCallsTest, WhatAStoreAnswersToAnyCallIsWhetherItHasTrouble) {
  PacedCalls others{clock_, trouble_};
  fail();
  ASSERT_TRUE(trouble_);
  others.guarded(std::function<void(Result<int>)>([](const auto&) {}))(1);
  EXPECT_FALSE(trouble_) << "it may be long until the one that failed is called again";
}

TEST(GuardedCallsTest, NobodyIsToldWhoIsGone) {
  auto calls = std::make_unique<GuardedCalls>();
  int told = 0;
  const auto done = calls->guarded(std::function<void(Result<int>)>([&](const auto&) { ++told; }));
  done(1);
  calls.reset();
  done(1);
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace hapax
