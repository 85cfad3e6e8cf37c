// SPDX-License-Identifier: Apache-2.0
#include "cluster/log_trimmer.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "testing/memory_topic.hpp"

namespace hapax {
namespace {

constexpr PartitionId kPartition{0};

class LogTrimmerTest : public testing::Test {
 protected:
  LogTrimmerTest() {
    for (int i = 0; i < 10; ++i) {
      topic_.append(kPartition, {{.header = {}, .value = "r"}}, [](const Result<Offset>&) {});
    }
    const auto reader = topic_.read(kPartition, {});
    const auto polled = reader->poll(100);
    for (const TopicRecord& record : *polled) {
      taken_.push_back(record.appended_at);
    }
    run();
  }
  void run() {
    while (topic_.run() > 0) {
    }
  }
  Offset start() const { return topic_.start(kPartition); }

  MemoryTopic topic_{1};
  std::vector<ProcessingTime> taken_;  // By offset.
  LogTrimmer trimmer_{topic_, kPartition};
};

TEST_F(LogTrimmerTest, WhatIsOldAndNotNeededGoes) {
  trimmer_.trim(Offset(7), taken_[4]);
  run();
  EXPECT_EQ(start(), Offset(4)) << "younger ones stay";
  trimmer_.trim(Offset(7), taken_[9]);
  run();
  EXPECT_EQ(start(), Offset(7)) << "what is needed stays, however old it is";
}

TEST_F(LogTrimmerTest, NothingIsAskedOrDeletedTwice) {
  trimmer_.trim(Offset(3), taken_[9]);
  trimmer_.trim(Offset(5), taken_[9]);  // While the former one is on its way.
  run();
  EXPECT_EQ(start(), Offset(3));
  trimmer_.trim(Offset(3), taken_[9]);
  EXPECT_EQ(topic_.run(), 0U);
}

TEST_F(LogTrimmerTest, WhatFailsIsDoneTheNextTime) {
  trimmer_.trim(Offset(11), taken_[9] + std::chrono::hours(1));  // It ends at 10.
  run();
  EXPECT_EQ(start(), Offset(10)) << "no more than what is there is old";
  topic_.append(kPartition, {{.header = {}, .value = "r"}}, [](const Result<Offset>&) {});
  trimmer_.trim(Offset(11), taken_[9] + std::chrono::hours(1));
  run();
  EXPECT_EQ(start(), Offset(11));
}

}  // namespace
}  // namespace hapax
