// SPDX-License-Identifier: Apache-2.0
#include "read/task_thread.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hapax {
namespace {

TEST(TaskThreadTest, RunsTasksInTheirOrderAndWhatIsLeftBeforeItStops) {
  std::vector<int> ran;
  TaskThread thread;
  for (int i = 0; i < 100; ++i) {
    thread.post([&ran, i] { ran.push_back(i); });
  }
  thread.stop();
  ASSERT_EQ(ran.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ran[i], i);
  }
}

TEST(TaskThreadTest, RunsLateTasksAtOnce) {
  bool ran = false;
  TaskThread thread;
  thread.stop();
  thread.post([&ran] { ran = true; });
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace hapax
