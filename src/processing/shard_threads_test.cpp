// SPDX-License-Identifier: Apache-2.0
#include "processing/shard_threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>
#include <stdexcept>
#include <thread>

namespace hapax {
namespace {

TEST(ShardThreadsTest, EachTaskRunsOnceAndAllHaveEndedAtTheReturn) {
  const auto threads = ShardThreads::start(4).value();
  for (std::size_t count = 0; count < 200; ++count) {
    std::vector<int> calls(count);  // Not atomic: each belongs to one task, and then to us.
    threads->run(count, [&](std::size_t number) { ++calls[number]; });
    EXPECT_EQ(calls, std::vector<int>(count, 1));
  }
}

TEST(ShardThreadsTest, SoManyTasksAsThereAreThreadsRunAtTheSameTime) {
  const auto threads = ShardThreads::start(3).value();
  EXPECT_EQ(threads->width(), 3U);
  std::latch all_there(3);  // Only three threads get past it.
  threads->run(3, [&](std::size_t) { all_there.arrive_and_wait(); });
}

TEST(ShardThreadsTest, OneIsTheThreadOfTheCaller) {
  const auto threads = ShardThreads::start(1).value();
  std::set<std::thread::id> ids;
  threads->run(8, [&](std::size_t) { ids.insert(std::this_thread::get_id()); });
  EXPECT_EQ(ids, std::set{std::this_thread::get_id()});
}

TEST(ShardThreadsTest, WhatATaskThrowsIsThrownOnceTheOthersHaveEnded) {
  const auto threads = ShardThreads::start(4).value();
  std::atomic<int> ended = 0;
  const auto task = [&](std::size_t number) {
    ++ended;
    if (number % 2 == 1) {
      throw std::runtime_error("no");
    }
  };
  EXPECT_THROW(threads->run(16, task), std::runtime_error);
  EXPECT_EQ(ended, 16);
  threads->run(16, [&](std::size_t) { ++ended; });  // What was thrown is thrown once.
  EXPECT_EQ(ended, 32);
}

}  // namespace
}  // namespace hapax
