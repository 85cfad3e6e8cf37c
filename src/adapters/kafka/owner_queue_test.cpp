// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/owner_queue.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace hapax::kafka {
namespace {

using std::chrono::milliseconds;

class OwnerQueueTest : public testing::Test {
 protected:
  std::unique_ptr<WakeUp> wake_up_ = WakeUp::open().value();
  OwnerQueue queue_{*wake_up_};
};

TEST_F(OwnerQueueTest, RunsWhatWasPostedInItsOrder) {
  std::vector<int> run;
  for (int i = 0; i < 3; ++i) {
    queue_.post([&run, i] { run.push_back(i); });
  }
  EXPECT_THAT(run, testing::IsEmpty());
  EXPECT_EQ(queue_.run(), 3U);
  EXPECT_THAT(run, testing::ElementsAre(0, 1, 2));
  EXPECT_EQ(queue_.run(), 0U);
}

TEST_F(OwnerQueueTest, WhatACallbackPostsComesWithTheNextOnes) {
  int run = 0;
  queue_.post([&] { queue_.post([&] { ++run; }); });
  EXPECT_EQ(queue_.run(), 1U);
  EXPECT_EQ(run, 0);
  EXPECT_TRUE(wake_up_->wait(milliseconds(0)));
  EXPECT_EQ(queue_.run(), 1U);
  EXPECT_EQ(run, 1);
}

TEST_F(OwnerQueueTest, APostWakesWhoWaits) {
  EXPECT_FALSE(wake_up_->wait(milliseconds(1)));
  std::jthread other([&] { queue_.post([] {}); });
  EXPECT_TRUE(wake_up_->wait(std::chrono::minutes(1)));
  EXPECT_TRUE(wake_up_->wait(milliseconds(0))) << "until it is cleared";
  wake_up_->clear();
  EXPECT_FALSE(wake_up_->wait(milliseconds(1)));
  wake_up_->clear();  // Of nothing.
}

TEST_F(OwnerQueueTest, NothingIsLostBetweenThreads) {
  constexpr int kEach = 10'000;
  int run = 0;  // Of the owner alone.
  std::vector<std::jthread> others;
  for (int i = 0; i < 2; ++i) {
    others.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        queue_.post([&] { ++run; });
      }
    });
  }
  while (run < 2 * kEach) {
    ASSERT_TRUE(wake_up_->wait(std::chrono::minutes(1)));
    wake_up_->clear();
    queue_.run();
  }
  EXPECT_EQ(run, 2 * kEach);
}

}  // namespace
}  // namespace hapax::kafka
