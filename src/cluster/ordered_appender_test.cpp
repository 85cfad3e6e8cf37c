// SPDX-License-Identifier: Apache-2.0
#include "cluster/ordered_appender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/held_topic.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr PartitionId kOne{0};
constexpr PartitionId kTwo{1};

class OrderedAppenderTest : public testing::Test {
 protected:
  std::uint64_t append(PartitionId partition, const std::string& value) {
    return appender_.append(partition, {.header = {}, .value = value});
  }

  HeldTopic topic_{2};
  OrderedAppender appender_{topic_};
};

TEST_F(OrderedAppenderTest, WhatFailedComesAgainWithAllBehindItAndBeforeAnythingNew) {
  append(kOne, "a");
  append(kOne, "b");
  append(kOne, "c");
  topic_.answer();
  topic_.fail();  // b; and c with it.
  append(kOne, "d");
  appender_.step();
  topic_.answer_all();
  EXPECT_THAT(topic_.values(kOne), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(appender_.durable_below(), 4U);
}

TEST_F(OrderedAppenderTest, SaysWhyTheLastOneFailedUntilOneDoesNot) {
  append(kOne, "a");
  EXPECT_FALSE(appender_.trouble());
  topic_.fail();
  EXPECT_TRUE(appender_.trouble());
  appender_.step();
  topic_.answer_all();
  EXPECT_FALSE(appender_.trouble());
}

TEST_F(OrderedAppenderTest, WaitsForAllAnswersBeforeItBeginsAnew) {
  append(kOne, "a");
  append(kOne, "b");
  topic_.fail_one();
  appender_.step();
  EXPECT_EQ(topic_.reopened(kOne), 0);
  topic_.fail_one();
  appender_.step();
  EXPECT_EQ(topic_.reopened(kOne), 1);
}

TEST_F(OrderedAppenderTest, AFailureInOnePartitionDoesNotHoldUpAnother) {
  append(kOne, "a");
  topic_.fail();
  append(kTwo, "b");
  topic_.answer_all();
  EXPECT_THAT(topic_.values(kTwo), ElementsAre("b"));
  EXPECT_THAT(topic_.values(kOne), IsEmpty());
}

TEST_F(OrderedAppenderTest, IsDurableBelowTheFirstThatIsNot) {
  append(kOne, "a");
  append(kTwo, "b");
  append(kOne, "c");
  EXPECT_EQ(appender_.durable_below(), 0U);
  topic_.answer();
  EXPECT_EQ(appender_.durable_below(), 1U);
  topic_.fail();
  topic_.answer_all();
  EXPECT_EQ(appender_.durable_below(), 1U);
  appender_.step();
  topic_.answer_all();
  EXPECT_EQ(appender_.durable_below(), 3U);
}

}  // namespace
}  // namespace hapax
