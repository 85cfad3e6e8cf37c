// SPDX-License-Identifier: Apache-2.0
#include "read/answer_budget.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace hapax {
namespace {

TEST(AnswerBudgetTest, RefusesWhatDoesNotFitUntilAShareComesBack) {
  AnswerBudget budget(100);
  auto first = budget.take(60);
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(budget.take(41), nullptr);
  const auto second = budget.take(40);
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(budget.bytes(), 100U);
  EXPECT_EQ(budget.refused(), 1U);
  first.reset();
  EXPECT_NE(budget.take(41), nullptr);
  EXPECT_EQ(budget.bytes(), 40U);
}

TEST(AnswerBudgetTest, TakesAnAnswerOfAnySizeWhenItIsTheOnlyOne) {
  AnswerBudget budget(100);
  const auto large = budget.take(1000);
  EXPECT_NE(large, nullptr);
  EXPECT_EQ(budget.take(1), nullptr);
}

TEST(AnswerBudgetTest, SharesMayOutliveIt) {
  std::optional<AnswerBudget> budget(100);
  auto share = budget->take(10);
  budget.reset();
  share.reset();
}

}  // namespace
}  // namespace hapax
