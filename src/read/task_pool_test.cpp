// SPDX-License-Identifier: Apache-2.0
#include "read/task_pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <barrier>
#include <new>
#include <vector>

namespace hapax {
namespace {

TEST(TaskPoolTest, OneThreadRunsTasksInTheirOrderAndWhatIsLeftBeforeItStops) {
  std::vector<int> ran;
  TaskPool pool;
  for (int i = 0; i < 100; ++i) {
    pool.post([&ran, i] { ran.push_back(i); });
  }
  pool.stop();
  ASSERT_EQ(ran.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ran[i], i);
  }
}

TEST(TaskPoolTest, SeveralThreadsRunTasksAtTheSameTime) {
  std::barrier all(3);
  TaskPool pool(3);
  for (int i = 0; i < 3; ++i) {
    pool.post([&all] { all.arrive_and_wait(); });
  }
  pool.stop();
}

TEST(TaskPoolTest, ThreadsOfLowPriorityGiveWay) {
  int nice = 0;
  TaskPool pool(1, TaskPool::Priority::kLow);
  pool.post([&nice] { nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); });
  pool.stop();
  EXPECT_GT(nice, ::getpriority(PRIO_PROCESS, 0));
}

TEST(TaskPoolTest, WhatATaskThrowsIsLostWithItAlone) {
  bool ran = false;
  TaskPool pool;
  pool.post([] { throw std::bad_alloc(); });
  pool.post([&ran] { ran = true; });
  pool.stop();
  EXPECT_TRUE(ran);
}

TEST(TaskPoolTest, RunsLateTasksAtOnce) {
  bool ran = false;
  TaskPool pool;
  pool.stop();
  pool.post([&ran] { ran = true; });
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace hapax
