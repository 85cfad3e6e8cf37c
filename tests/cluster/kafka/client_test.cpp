// SPDX-License-Identifier: Apache-2.0
// How an owner waits for what its topics have.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>
#include <utility>

#include "owner.hpp"
#include "real_broker.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class KafkaClientTest : public testing::Test {
 protected:
  KafkaClientTest() { admin_.create(name_, 1); }

  /// Until there is nothing for it, as its owner would.
  static void settle(KafkaClient& client, TopicReader& reader, Offset until) {
    const auto end = std::chrono::steady_clock::now() + seconds(30);
    while (reader.position() < until && std::chrono::steady_clock::now() < end) {
      client.run_callbacks();
      ASSERT_TRUE(reader.poll(100));
      client.wait(milliseconds(10));
    }
    ASSERT_GE(reader.position(), until);
  }

  RealBroker broker_;
  TopicAdmin admin_{broker_.address()};
  const std::string name_ = TopicAdmin::new_name();
};

TEST_F(KafkaClientTest, WakesItsOwnerWhenThereIsSomethingToRead) {
  Owner other(settings_for(broker_.address()), name_);
  const auto client = KafkaClient::open(settings_for(broker_.address())).value();
  const auto topic = client->open_topic(name_).value();
  const auto reader = topic->read(Owner::kPartition, {});
  settle(*client, *reader, other.append("first").value());
  std::vector<milliseconds> times;
  for (int i = 0; i < 50; ++i) {
    while (client->wait(milliseconds(0))) {
      client->run_callbacks();
      ASSERT_TRUE(reader->poll(100));
    }
    ASSERT_TRUE(other.append(std::to_string(i)));
    const auto durable = std::chrono::steady_clock::now();
    std::string found;
    while (found.empty() && std::chrono::steady_clock::now() < durable + seconds(30)) {
      ASSERT_TRUE(client->wait(seconds(30)));
      client->run_callbacks();
      const auto polled = reader->poll(100);
      ASSERT_TRUE(polled);
      found = polled->empty() ? "" : polled->front().entry.value;
    }
    EXPECT_EQ(found, std::to_string(i));
    times.push_back(
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - durable));
  }
  std::ranges::sort(times);
  EXPECT_LT(times[25], milliseconds(200));
  std::printf("  read %lld ms after it was durable, at most %lld\n",
              static_cast<long long>(times[25].count()),
              static_cast<long long>(times.back().count()));
}

TEST_F(KafkaClientTest, LeavesItsOwnerAloneWhenThereIsNothing) {
  Owner other(settings_for(broker_.address()), name_);
  const auto client = KafkaClient::open(settings_for(broker_.address())).value();
  const auto topic = client->open_topic(name_).value();
  const auto reader = topic->read(Owner::kPartition, {});
  settle(*client, *reader, other.append("first").value());
  int woken = 0;
  const auto end = std::chrono::steady_clock::now() + seconds(2);
  while (std::chrono::steady_clock::now() < end) {
    woken += client->wait(milliseconds(100)) ? 1 : 0;
    client->run_callbacks();
    ASSERT_TRUE(reader->poll(100));
  }
  EXPECT_LE(woken, 3) << "by ends that are told, but not all the time";
}

TEST_F(KafkaClientTest, ATopicThatIsGoneIsNotCalledBack) {
  const auto client = KafkaClient::open(settings_for(broker_.address())).value();
  auto topic = client->open_topic(name_).value();
  bool called = false;
  topic->append(Owner::kPartition, {{.header = "", .value = "a"}},
                [&](const Result<Offset>&) { called = true; });
  topic->end_offset(Owner::kPartition, [&](const Result<Offset>&) { called = true; });
  std::this_thread::sleep_for(milliseconds(500));  // The answers are there, and nobody ran them.
  topic.reset();
  for (int i = 0; i < 20; ++i) {
    client->run_callbacks();
    client->wait(milliseconds(10));
  }
  EXPECT_FALSE(called);
}

TEST_F(KafkaClientTest, AReaderGoesOnAfterTheBrokerWasAway) {
  Owner owner(settings_for(broker_.address()), name_);
  const auto reader = owner.topic().read(Owner::kPartition, {});
  std::vector<std::string> found;
  const auto read_until = [&](Offset until) {
    return owner.run_until([&] {
      if (const auto polled = reader->poll(100)) {
        for (const TopicRecord& record : *polled) {
          found.push_back(record.entry.value);
        }
      } else {
        EXPECT_EQ(polled.error().kind, ErrorKind::kUnavailable);
      }
      return reader->position() >= until;
    });
  };
  ASSERT_TRUE(read_until(owner.append("before").value()));
  broker_.kill();
  owner.run_for(milliseconds(500));
  broker_.start();
  ASSERT_TRUE(read_until(owner.append_at_last("after")));
  EXPECT_THAT(found, testing::ElementsAre("before", "after"));
}

/// It has another epoch of the leader then, which who asked before has to learn.
TEST_F(KafkaClientTest, AnEndIsToldAgainAfterTheBrokerWasAway) {
  Owner owner(settings_for(broker_.address()), name_);
  const Offset end = owner.append("before").value();
  ASSERT_EQ(owner.end(), end);
  broker_.kill();
  broker_.start();
  std::optional<Offset> told;
  bool asking = false;
  EXPECT_TRUE(owner.run_until([&] {
    if (!told && !std::exchange(asking, true)) {
      owner.topic().end_offset(Owner::kPartition, [&](const Result<Offset>& found) {
        asking = false;
        told = found ? std::optional(*found) : std::nullopt;
      });
    }
    return told.has_value();
  })) << "an end";
  EXPECT_GE(told.value_or(Offset()), end);
}

}  // namespace
}  // namespace hapax
