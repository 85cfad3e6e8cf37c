// SPDX-License-Identifier: Apache-2.0
#include "core/task_runner.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hapax {
namespace {

const Result<void> kSuccess;
const Result<void> kBusy = Error{ErrorKind::kUnavailable, "busy"};
const Result<void> kFull = Error{ErrorKind::kExhausted, "full"};
const Result<void> kDamaged = Error{ErrorKind::kCorrupt, "damaged"};
const Result<void> kInvalid = Error{ErrorKind::kInvalid, "invalid"};

std::string gravest_of(std::vector<Result<void>> outcomes) {
  const Result<void> gravest =
      run_all(one_by_one(), outcomes.size(), [&](std::size_t number) { return outcomes[number]; });
  return gravest ? "" : gravest.error().message;
}

TEST(TaskRunnerTest, WhatNoTryMendsIsToldBeforeWhatOneMay) {
  EXPECT_EQ(gravest_of({}), "");
  EXPECT_EQ(gravest_of({kSuccess, kSuccess}), "");
  EXPECT_EQ(gravest_of({kSuccess, kBusy, kFull}), "busy");
  EXPECT_EQ(gravest_of({kBusy, kDamaged, kFull}), "damaged");
  EXPECT_EQ(gravest_of({kDamaged, kInvalid, kBusy, kSuccess}), "damaged");
}

}  // namespace
}  // namespace hapax
