// SPDX-License-Identifier: Apache-2.0
// Brokers that die, stand still or get requests late, and what is there afterwards.
#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>

#include "adapters/kafka/handles.hpp"
#include "held_way.hpp"
#include "owner.hpp"
#include "real_broker.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class KafkaFaultTest : public testing::Test {
 protected:
  KafkaFaultTest() { admin_.create(name_, 1); }

  RealBroker broker_;
  TopicAdmin admin_{broker_.address()};
  const std::string name_ = TopicAdmin::new_name();
};

TEST_F(KafkaFaultTest, WhatWasAcknowledgedIsThereAfterAKill) {
  auto settings = settings_for(broker_.address());
  settings.append_timeout = seconds(50);  // Longer than a start takes: nothing has to fail.
  Owner owner(settings, name_);
  std::vector<int> acknowledged;
  int sent = 0;
  int answered = 0;
  const auto send_for = [&](milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      for (int i = 0; i < 50; ++i, ++sent) {
        owner.topic().append(Owner::kPartition, {{.header = "", .value = std::to_string(sent)}},
                             [&, number = sent](const Result<Offset>& done) {
                               ++answered;
                               if (done) {
                                 acknowledged.push_back(number);
                               }
                             });
      }
      owner.run_callbacks();
    }
  };
  send_for(seconds(1));
  const std::size_t before = acknowledged.size();
  broker_.kill();
  std::jthread starting([&] { broker_.start(); });
  send_for(seconds(2));
  starting.join();
  send_for(seconds(1));
  ASSERT_TRUE(owner.run_until([&] { return answered == sent; }));

  const auto found = owner.read_all(owner.end());
  EXPECT_GT(before, 0U);
  EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(sent)) << "nothing had to fail";
  EXPECT_EQ(found.values.size(), static_cast<std::size_t>(sent));
  for (std::size_t i = 0; i < found.values.size(); ++i) {
    ASSERT_EQ(found.values[i], std::to_string(i)) << "in order, each once";
  }
  std::printf("  %d sent, %zu acknowledged, %zu of them before the kill, %zu there\n", sent,
              acknowledged.size(), before, found.values.size());
}

TEST_F(KafkaFaultTest, AKillThatTakesLongFailsAppendsAndLosesNone) {
  Owner owner(settings_for(broker_.address()), name_);  // Gives up after 3 s.
  std::vector<std::string> acknowledged;
  const auto send = [&](const std::string& prefix, int count) {
    std::vector<Owner::Answer> answers;
    for (int i = 0; i < count; ++i) {
      answers.push_back(owner.start(prefix + std::to_string(i)));
    }
    EXPECT_TRUE(owner.run_until([&] { return answers.back()->has_value(); }));
    bool failed = false;
    for (int i = 0; i < count; ++i) {
      const bool good = answers[static_cast<std::size_t>(i)]->value().has_value();
      EXPECT_FALSE(good && failed) << "one was durable behind one that failed";
      failed = failed || !good;
      if (good) {
        acknowledged.push_back(prefix + std::to_string(i));
      }
    }
    return !failed;
  };
  EXPECT_TRUE(send("a", 100));
  broker_.kill();
  EXPECT_FALSE(send("b", 100));
  broker_.start();
  EXPECT_FALSE(send("c", 100)) << "it was not reopened";
  acknowledged.push_back("d");
  owner.append_at_last("d");
  const auto found = owner.read_all(owner.end());
  EXPECT_TRUE(std::ranges::includes(std::set(found.values.begin(), found.values.end()),
                                    std::set(acknowledged.begin(), acknowledged.end())));
  EXPECT_EQ(std::set(found.values.begin(), found.values.end()).size(), found.values.size());
  EXPECT_EQ(found.values.back(), "d");
}

TEST_F(KafkaFaultTest, WhatABrokerThatStoodStillHadTakenComesBeforeWhatIsNew) {
  Owner owner(settings_for(broker_.address()), name_);
  for (int round = 0; round < 3; ++round) {
    const std::string name = std::to_string(round);
    owner.append_at_last(name + ":before");
    broker_.pause();
    std::vector<Owner::Answer> late;
    for (int i = 0; i < 5; ++i) {
      late.push_back(owner.start(name + ":late:" + std::to_string(i)));
      owner.run_for(milliseconds(20));  // Requests of their own.
    }
    ASSERT_TRUE(owner.run_until([&] { return late.back()->has_value(); }));
    for (const auto& answer : late) {
      EXPECT_FALSE(**answer);
    }
    owner.topic().reopen(Owner::kPartition);
    const auto after = owner.start(name + ":after");
    owner.run_for(milliseconds(300));
    EXPECT_FALSE(after->has_value()) << "nobody can have taken it";
    broker_.resume();
    ASSERT_TRUE(owner.run_until([&] { return after->has_value(); }));
    Offset end;
    if (**after) {
      end = ***after;
    } else {  // It stood still for too long for this one, too: what failed must be before the next.
      end = owner.append_at_last(name + ":at last");
    }
    owner.run_for(seconds(2));
    const auto found = owner.read_all(owner.end());
    EXPECT_EQ(advance(found.offsets.back(), 1), end) << found.values.back() << " came behind it";
    EXPECT_EQ(std::set(found.values.begin(), found.values.end()).size(), found.values.size());
    std::size_t there = 0;
    for (const std::string& value : found.values) {
      if (value.starts_with(name + ":late:")) {
        EXPECT_EQ(value, name + ":late:" + std::to_string(there++)) << "one without those before";
      }
    }
    std::printf("  round %d: %zu of 5 that failed are there\n", round, there);
  }
}

/// Why a producer has a transactional.id: one that is idempotent and no more gets another producer
/// id when it is made anew, and the broker has no reason to refuse what is late of the former one.
TEST_F(KafkaFaultTest, WhatIsLateOfAnIdempotentProducerMayComeBehindWhatIsNew) {
  HeldWay way(broker_.held_port(), broker_.behind_held_port());
  const auto produce = [&](const std::string& value, int timeout_ms) {
    kafka::Conf conf(rd_kafka_conf_new());
    std::array<char, 256> why{};
    const std::vector<std::pair<const char*, std::string>> properties = {
        {"bootstrap.servers", broker_.held_address()},
        {"enable.idempotence", "true"},
        {"enable.gapless.guarantee", "true"},
        {"acks", "all"}};
    for (const auto& [property, text] : properties) {
      rd_kafka_conf_set(conf.get(), property, text.c_str(), why.data(), why.size());
    }
    const kafka::Handle producer(
        rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), why.data(), why.size()));
    const kafka::TopicHandle topic(rd_kafka_topic_new(producer.get(), name_.c_str(), nullptr));
    rd_kafka_produce(topic.get(), 0, RD_KAFKA_MSG_F_COPY,
                     const_cast<char*>(value.data()),  // NOLINT
                     value.size(), nullptr, 0, nullptr);
    const bool taken = rd_kafka_flush(producer.get(), timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_purge(producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    return taken;
  };
  way.hold(true);
  EXPECT_FALSE(produce("late", 2000));
  EXPECT_EQ(way.held_count(), 1U);
  way.hold(false);
  EXPECT_TRUE(produce("after", 30'000));
  way.let_go();
  Owner owner(settings_for(broker_.address()), name_);
  EXPECT_THAT(owner.read_all(owner.end()).values, testing::ElementsAre("after", "late"));
}

/// Of a producer that the partition has never met, too, where a broker has no former sequence
/// number to compare with.
TEST_F(KafkaFaultTest, WhatIsOnItsWayBehindARefusedRecordIsRefusedToo) {
  HeldWay way(broker_.held_port(), broker_.behind_held_port());
  Owner owner(settings_for(broker_.held_address()), name_);
  admin_.set(name_, "max.message.bytes", "1000");
  std::string noise;  // That does not get smaller by compression.
  for (std::uint32_t i = 1; noise.size() < 100'000; ++i) {
    noise += std::to_string(i * 2'654'435'761U);
  }
  way.hold(true);
  std::vector<Owner::Answer> answers;
  for (const std::string& value : {noise, std::string("behind it"), std::string("and again")}) {
    answers.push_back(owner.start(value));
    owner.run_for(milliseconds(300));  // A request of its own.
  }
  EXPECT_GE(way.held_count(), 2U);
  EXPECT_FALSE(answers[0]->has_value());
  way.hold(false);
  way.let_go();
  ASSERT_TRUE(owner.run_until([&] { return answers.back()->has_value(); }));
  for (const auto& answer : answers) {
    EXPECT_FALSE(**answer);
  }
  owner.append_at_last("after");
  EXPECT_THAT(owner.read_all(owner.end()).values, testing::ElementsAre("after"));
}

TEST_F(KafkaFaultTest, AppendsGoOnWhileTransactionsAreCommitted) {
  Owner owner(settings_for(broker_.address()), name_);
  std::vector<std::string> sent;
  milliseconds slowest{0};
  const auto end = std::chrono::steady_clock::now() + seconds(13);  // Two commits, and more.
  while (std::chrono::steady_clock::now() < end) {
    const auto began = std::chrono::steady_clock::now();
    sent.push_back(std::to_string(sent.size()));
    ASSERT_TRUE(owner.append(sent.back()));
    slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(
                                    std::chrono::steady_clock::now() - began));
  }
  owner.run_for(seconds(6));  // And one behind the last record, which has a place, too.
  const auto found = owner.read_all(owner.end());
  EXPECT_EQ(found.values, sent);
  EXPECT_GT(owner.end(), advance(found.offsets.front(), sent.size())) << "nothing was committed";
  std::printf("  %zu appends one after the other, the slowest took %lld ms\n", sent.size(),
              static_cast<long long>(slowest.count()));
}

TEST_F(KafkaFaultTest, TheNextLifeOfANameEndsTheFormerOne) {
  const auto settings = settings_for(broker_.address());
  Owner former(settings, name_);
  EXPECT_TRUE(former.append("a"));
  Owner next(settings, name_);
  EXPECT_TRUE(next.append("b"));
  EXPECT_FALSE(former.append("c"));
  EXPECT_TRUE(next.append("d"));
  EXPECT_THAT(next.read_all(next.end()).values, testing::ElementsAre("a", "b", "d"));
}

}  // namespace
}  // namespace hapax
