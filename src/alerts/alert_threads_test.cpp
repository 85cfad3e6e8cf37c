// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>

#include "testing/fake_alerts.hpp"

namespace hapax {
namespace {

using namespace std::chrono_literals;  // NOLINT

void ignore(const std::string& /*error*/) {}

TEST(AlertThreadsTest, OneLooksAndTheOtherTells) {
  FakeAlerts world;
  world.put("a");
  world.found = Reading(11);
  std::promise<std::thread::id> told;
  std::thread::id looked;
  world.before_answer = [&] { looked = std::this_thread::get_id(); };
  world.notifier.before = [&] { told.set_value(std::this_thread::get_id()); };
  AlertThreads threads(*world.alerts, 1h, ignore);
  const std::thread::id teller = told.get_future().get();
  threads.stop();
  EXPECT_NE(teller, looked);
  EXPECT_EQ(world.notifier.posts.size(), 1U);
}

TEST(AlertThreadsTest, AReceiverThatDoesNotAnswerHoldsUpNoLook) {
  FakeAlerts world;
  world.put("a");
  world.found = Reading(11);
  std::promise<void> looked_again;
  std::atomic<bool> is_telling = false;
  bool has_looked = false;
  world.notifier.before = [&] {
    is_telling = true;
    looked_again.get_future().wait();  // For ever, if looking waits for it.
  };
  world.before_answer = [&] {
    if (is_telling && !has_looked) {
      has_looked = true;
      looked_again.set_value();
    }
  };
  AlertThreads threads(*world.alerts, 1ms, ignore);
  while (world.alerts->stats().delivered == 0) {
    std::this_thread::yield();
  }
  threads.stop();
  EXPECT_TRUE(has_looked);
}

TEST(AlertThreadsTest, WhatIsThrownEndsARoundAlone) {
  FakeAlerts world;
  world.put("a");
  std::promise<void> looked_again;
  int rounds = 0;
  world.before_answer = [&] {
    if (++rounds == 1) {
      throw std::runtime_error("out of memory");
    }
    if (rounds == 2) {
      looked_again.set_value();
    }
  };
  std::string said;
  AlertThreads threads(*world.alerts, 1ms, [&](const std::string& error) { said = error; });
  looked_again.get_future().wait();
  threads.stop();
  EXPECT_EQ(said, "out of memory");
}

TEST(AlertThreadsTest, AStopIsNotHeldUpByTheInterval) {
  FakeAlerts world;
  AlertThreads threads(*world.alerts, 24h, ignore);
  threads.stop();
  threads.stop();
}

}  // namespace
}  // namespace hapax
