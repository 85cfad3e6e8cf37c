// SPDX-License-Identifier: Apache-2.0
#include "cluster/topic_log.hpp"

#include <gtest/gtest.h>

#include "testing/memory_topic.hpp"

namespace hapax {
namespace {

// It is in receipts that clients have, and in what is published.
TEST(TopicLogTest, TheSameTopicHasItForGoodAndAnotherOneHasAnother) {
  const MemoryTopic topic(1, "aGFwYXhfdGVzdF9jbHVzdA");
  const MemoryTopic other(1, "aGFwYXhfdGVzdF9jbHVzdB");
  EXPECT_EQ(log_of(topic), LogId(0xAC326EA3EAEAD965));
  EXPECT_NE(log_of(other), log_of(topic));
}

}  // namespace
}  // namespace hapax
