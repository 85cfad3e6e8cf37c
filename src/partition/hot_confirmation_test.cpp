// SPDX-License-Identifier: Apache-2.0
#include "partition/hot_confirmation.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "testing/memory_topic.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

/// Two topics, and who hears what is told.
class HotConfirmationTest : public testing::Test {
 protected:
  HotConfirmationTest() { listen(std::nullopt); }

  void listen(std::optional<HotPlace> place) {
    feed_.ask(place, [this](const Result<std::string>& said) { said_ = said.value(); });
  }
  void hold(std::uint64_t number) {
    confirmation_.hold(encode_hot_update({.partition = PartitionId(0), .number = number}));
  }
  void answer() {
    events_.run();
    control_.run();
  }
  /// The numbers of what has come since the last call.
  std::vector<std::uint64_t> heard() {
    confirmation_.deliver();
    feed_.step();
    std::vector<std::uint64_t> numbers;
    if (!said_.empty()) {
      const HotAnswer answer = decode_hot_answer(std::exchange(said_, {})).value();
      for (const HotUpdate& update : answer.updates) {
        numbers.push_back(update.number);
      }
      listen(answer.place);
    }
    return numbers;
  }
  using Numbers = std::vector<std::uint64_t>;

  StillClock clock_;
  MemoryTopic events_{1};
  MemoryTopic control_{1};
  HotFeed feed_{{.confirm_interval = std::chrono::milliseconds(5)}, 7, clock_};
  HotConfirmation confirmation_{
      feed_,
      {{.what = "events", .topic = &events_}, {.what = "control", .topic = &control_}},
      clock_};
  std::string said_;
};

TEST_F(HotConfirmationTest, ToldIsWhatAllTopicsHaveConfirmed) {
  hold(1);
  hold(2);
  confirmation_.ask();
  EXPECT_EQ(heard(), Numbers());
  events_.run();
  EXPECT_EQ(heard(), Numbers()) << "the other one has not answered";
  control_.run();
  EXPECT_EQ(heard(), (Numbers{1, 2}));
}

TEST_F(HotConfirmationTest, WhatComesWhileAQuestionIsUnderWayIsAskedForAnew) {
  EXPECT_TRUE(confirmation_.is_free());
  hold(1);
  confirmation_.ask();
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(confirmation_.is_free()) << "the answer would say nothing of it";
  answer();
  EXPECT_EQ(heard(), (Numbers{1}));
  EXPECT_TRUE(confirmation_.is_free());
  hold(2);
  EXPECT_EQ(heard(), Numbers());
  confirmation_.ask();
  answer();
  EXPECT_EQ(heard(), (Numbers{2}));
}

TEST_F(HotConfirmationTest, TopicsAreNotAskedWithoutAPause) {
  hold(1);
  confirmation_.ask();
  answer();
  EXPECT_EQ(heard(), (Numbers{1}));
  EXPECT_FALSE(confirmation_.is_free());
  clock_.advance(std::chrono::milliseconds(5));
  EXPECT_TRUE(confirmation_.is_free());
}

TEST_F(HotConfirmationTest, OfAnotherTopicNothingIsToldAnyMore) {
  EXPECT_TRUE(confirmation_.is_heard());
  events_.make_anew();
  hold(1);
  confirmation_.ask();
  answer();
  EXPECT_EQ(heard(), Numbers());
  EXPECT_FALSE(confirmation_.is_heard());
}

TEST_F(HotConfirmationTest, AnAnswerMayComeWhenItIsGone) {
  auto other = std::make_unique<HotConfirmation>(
      feed_, std::vector<StateTopic>{{.what = "events", .topic = &events_}}, clock_);
  other->hold(encode_hot_update({.partition = PartitionId(0), .number = 1}));
  other->ask();
  other.reset();
  answer();
  EXPECT_EQ(heard(), Numbers());
}

}  // namespace
}  // namespace hapax
