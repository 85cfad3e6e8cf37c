// SPDX-License-Identifier: Apache-2.0
// What becomes wrong with topics of a real broker while they are used.
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <thread>

#include "adapters/kafka/kafka_client.hpp"
#include "adapters/kafka/kafka_topic_watch.hpp"
#include "owner.hpp"
#include "real_broker.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

class KafkaWatchTest : public testing::Test {
 protected:
  /// Of a topic that is as it must be.
  void watch(KafkaSettings settings, milliseconds interval = milliseconds(50)) {
    const auto check = KafkaTopicCheck::open(settings).value();
    watch_ = KafkaTopicWatch::open(std::move(settings),
                                   {KafkaTopicCheck::mark(check->look(name_).value())},
                                   {.interval = interval})
                 .value();
  }
  void watch() { watch(settings_for(broker_.address())); }
  /// Waits until `is_so`.
  static bool comes_to(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + seconds(60);
    while (!is_so() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    return is_so();
  }
  bool says(const std::string& word) {
    return comes_to([&] { return watch_->trouble().why.find(word) != std::string::npos; });
  }
  bool is_for_good() {
    return comes_to([&] { return watch_->trouble().is_for_good; });
  }
  bool is_right() {
    return comes_to([&] { return !watch_->trouble(); });
  }
  /// So many more looks are over, which began after this was called.
  bool looks_again(std::uint64_t times = 2) {
    const std::uint64_t looks = watch_->stats().looks;
    return comes_to([&] { return watch_->stats().looks > looks + times; });
  }

  RealBroker broker_;
  TopicAdmin admin_{broker_.address()};
  const std::string name_ = TopicAdmin::new_name();
  std::unique_ptr<KafkaTopicWatch> watch_;
};

TEST_F(KafkaWatchTest, EachSettingThatIsChangedIsTroubleUntilItIsRightAgain) {
  admin_.create(name_, 1);
  watch();
  ASSERT_TRUE(looks_again());
  EXPECT_THAT(watch_->trouble().why, IsEmpty());
  const std::vector<std::vector<std::string>> changes = {
      {"message.timestamp.type", "CreateTime", "LogAppendTime"},
      {"cleanup.policy", "compact", "delete"},
      {"retention.ms", "604800000", "-1"},
      {"retention.bytes", "1073741824", "-1"},
      {"unclean.leader.election.enable", "true", "false"},
      {"max.message.bytes", "1000", "1048588"}};
  for (const auto& change : changes) {
    admin_.set(name_, change[0], change[1]);
    EXPECT_TRUE(says(change[0] + " is ")) << change[0];
    EXPECT_FALSE(watch_->trouble().is_for_good);
    admin_.set(name_, change[0], change[2]);
    EXPECT_TRUE(is_right()) << change[0];
  }
}

TEST_F(KafkaWatchTest, TooFewReplicasInSyncAreTrouble) {
  admin_.create(name_, 1);
  auto settings = settings_for(broker_.address());
  settings.accept_unreplicated = false;
  watch(settings);
  EXPECT_TRUE(says("partition 0 has 1 replicas"));
}

TEST_F(KafkaWatchTest, ATopicThatWasMadeAnewIsTroubleForGood) {
  admin_.create(name_, 1);
  watch();
  admin_.remove(name_);
  ASSERT_TRUE(says("there is no topic " + name_));
  EXPECT_FALSE(watch_->trouble().is_for_good);
  admin_.create(name_, 1);
  ASSERT_TRUE(says("another one: its id is"));
  EXPECT_TRUE(is_for_good());
}

TEST_F(KafkaWatchTest, OneLookThatFindsAnotherTopicIsNotForGood) {
  admin_.create(name_, 1);
  watch(settings_for(broker_.address()), seconds(3));
  admin_.remove(name_);
  admin_.create(name_, 1);
  ASSERT_TRUE(says("another one: its id is"));
  EXPECT_FALSE(watch_->trouble().is_for_good);
  EXPECT_TRUE(is_for_good());
}

TEST_F(KafkaWatchTest, PartitionsThatWereAddedAreTrouble) {
  admin_.create(name_, 1);
  watch();
  admin_.add_partitions(name_, 2);
  EXPECT_TRUE(says("2 partitions, and it had 1"));
}

TEST_F(KafkaWatchTest, AnEndThatWentBackIsTroubleForGood) {
  admin_.create(name_, 1);
  Owner owner(settings_for(broker_.address()), name_);
  ASSERT_TRUE(owner.append("a"));
  watch();
  ASSERT_TRUE(owner.append("b"));
  const Offset end = owner.end();
  ASSERT_TRUE(looks_again());  // It has seen that end.
  EXPECT_THAT(watch_->trouble().why, IsEmpty());
  broker_.kill();
  broker_.lose_records(name_, PartitionId(0));
  broker_.start();
  EXPECT_TRUE(says(" ends at offset 0, and it ended at " + std::to_string(end.value())));
  EXPECT_TRUE(is_for_good());
  // A reader that stood there, or a state that was kept there, is told so, too.
  const auto reader = owner.topic().read(PartitionId(0), end);
  Result<std::span<TopicRecord>> polled = reader->poll(1);
  ASSERT_TRUE(owner.run_until([&] {
    polled = reader->poll(1);
    return !polled && polled.error().kind == ErrorKind::kCorrupt;
  }));
  EXPECT_THAT(polled.error().message, HasSubstr("it ends at offset 0, and a reader stands at"));
}

TEST_F(KafkaWatchTest, BrokersThatDoNotAnswerSayNothing) {
  admin_.create(name_, 1);
  auto settings = settings_for(broker_.address());
  settings.ask_timeout = milliseconds(300);
  watch(settings);
  ASSERT_TRUE(looks_again());
  broker_.pause();
  EXPECT_TRUE(comes_to([&] { return watch_->stats().unanswered > 2; }));
  EXPECT_THAT(watch_->trouble().why, IsEmpty());
  broker_.resume();
  admin_.set(name_, "retention.ms", "1");
  EXPECT_TRUE(says("retention.ms is 1"));
  broker_.pause();
  const std::uint64_t unanswered = watch_->stats().unanswered;
  EXPECT_TRUE(comes_to([&] { return watch_->stats().unanswered > unanswered + 2; }));
  EXPECT_THAT(watch_->trouble().why, HasSubstr("retention.ms")) << "nobody has said otherwise";
  broker_.resume();
}

TEST_F(KafkaWatchTest, EndsWithoutWaitingForBrokers) {
  admin_.create(name_, 1);
  auto settings = settings_for(broker_.address());
  settings.ask_timeout = std::chrono::minutes(4);
  watch(settings);
  ASSERT_TRUE(looks_again());
  broker_.pause();
  std::this_thread::sleep_for(milliseconds(300));  // In which it begins to look, and waits.
  const auto began = std::chrono::steady_clock::now();
  watch_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::minutes(1));
  broker_.resume();
}

}  // namespace
}  // namespace hapax
