// SPDX-License-Identifier: Apache-2.0
// What a real broker says of topics that do not keep what we promise.
#include <gmock/gmock.h>

#include "adapters/kafka/kafka_client.hpp"
#include "adapters/kafka/kafka_topic_check.hpp"
#include "adapters/kafka/kafka_topic_maker.hpp"
#include "owner.hpp"
#include "real_broker.hpp"

namespace hapax {
namespace {

class KafkaCheckTest : public testing::Test {
 protected:
  KafkaTopicFacts look() { return check_->look(name_).value(); }
  Result<void> settings_of_topic() {
    return KafkaTopicCheck::check_settings(look(), settings_for(broker_.address()));
  }

  RealBroker broker_;
  TopicAdmin admin_{broker_.address()};
  const std::string name_ = TopicAdmin::new_name();
  std::unique_ptr<KafkaTopicCheck> check_ =
      KafkaTopicCheck::open(settings_for(broker_.address())).value();
};

TEST_F(KafkaCheckTest, TakesATopicMadeAsWeSay) {
  admin_.create(name_, 3);
  const auto facts = look();
  EXPECT_EQ(facts.partitions.size(), 3U);
  EXPECT_EQ(facts.partitions[2].replicas, 1U);
  EXPECT_FALSE(facts.id.empty());
  EXPECT_TRUE(settings_of_topic());
}

TEST_F(KafkaCheckTest, TakesATopicThatWeMakeAndMakesItOnce) {
  const auto maker = KafkaTopicMaker::open(settings_for(broker_.address())).value();
  const KafkaTopicPlan plan{.name = name_, .partitions = 3, .replicas = 1};
  EXPECT_TRUE(maker->make(plan).value());
  auto facts = check_->look(name_);
  while (!facts) {  // Brokers hear of it a moment later.
    facts = check_->look(name_);
  }
  EXPECT_EQ(facts->partitions.size(), 3U);
  EXPECT_TRUE(settings_of_topic());
  EXPECT_FALSE(maker->make(plan).value());
}

TEST_F(KafkaCheckTest, AsksForNoMoreReplicasThanThereAreBrokers) {
  const auto maker = KafkaTopicMaker::open(settings_for(broker_.address())).value();
  const auto made = maker->make({.name = name_, .partitions = 3, .replicas = 3});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(check_->look(name_));
}

TEST_F(KafkaCheckTest, RefusesATopicMadeWithoutThinking) {
  admin_.create(name_, 1, {});
  auto client = KafkaClient::open(settings_for(broker_.address())).value();
  const auto opened = client->open_topic(name_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(opened.error().text(), testing::HasSubstr("message.timestamp.type is CreateTime"));
}

TEST_F(KafkaCheckTest, SeesEachSettingThatIsChangedUnderUs) {
  admin_.create(name_, 1);
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"message.timestamp.type", "CreateTime"},
      {"cleanup.policy", "compact"},
      {"cleanup.policy", "compact,delete"},
      {"retention.ms", "604800000"},
      {"retention.bytes", "1073741824"},
      {"unclean.leader.election.enable", "true"},
      {"max.message.bytes", "1000"}};
  for (const auto& [name, value] : bad) {
    const std::string before = look().settings.at(name);
    admin_.set(name_, name, value);
    const auto checked = settings_of_topic();
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(checked.error().message, testing::HasSubstr(name + " is "));
    admin_.set(name_, name, before);
  }
  EXPECT_TRUE(settings_of_topic());
}

TEST_F(KafkaCheckTest, RefusesOneReplicaUnlessThatIsAccepted) {
  admin_.create(name_, 1);
  auto settings = settings_for(broker_.address());
  settings.accept_unreplicated = false;
  const auto checked = KafkaTopicCheck::check_settings(look(), settings);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().text(),
              testing::AllOf(testing::HasSubstr("partition 0 has 1 replicas"),
                             testing::HasSubstr("kafka.accept_unreplicated")));
}

TEST_F(KafkaCheckTest, SaysThatThereIsNoSuchTopic) {
  EXPECT_EQ(check_->look(name_).error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(check_->look(name_).error().message,
              testing::HasSubstr("there is no topic " + name_));
}

TEST_F(KafkaCheckTest, KnowsThatATopicWasMadeAgain) {
  admin_.create(name_, 1);
  const auto before = KafkaTopicCheck::mark(look());
  EXPECT_TRUE(KafkaTopicCheck::check_same(look(), before));
  admin_.remove(name_);
  while (check_->look(name_)) {
  }
  admin_.create(name_, 1);
  const auto same = KafkaTopicCheck::check_same(look(), before);
  EXPECT_EQ(same.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(same.error().message, testing::HasSubstr("it was " + before.id));
}

TEST_F(KafkaCheckTest, KnowsThatPartitionsWereAdded) {
  admin_.create(name_, 1);
  const auto before = KafkaTopicCheck::mark(look());
  admin_.add_partitions(name_, 2);
  EXPECT_EQ(KafkaTopicCheck::check_same(look(), before).error().kind, ErrorKind::kInvalid);
}

TEST_F(KafkaCheckTest, KnowsThatAnEndWentBack) {
  admin_.create(name_, 1);
  Owner owner(settings_for(broker_.address()), name_);
  const Offset end = owner.append("a").value();
  const auto before = KafkaTopicCheck::mark(look());
  EXPECT_GE(before.ends[0], end);
  EXPECT_TRUE(KafkaTopicCheck::check_same(look(), before));
  // What a broker that lost its disk would say: the same topic, with less in it.
  admin_.remove(name_);
  while (check_->look(name_)) {
  }
  admin_.create(name_, 1);
  const auto same = KafkaTopicCheck::check_same(look(), {.id = look().id, .ends = before.ends});
  EXPECT_EQ(same.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(same.error().message, testing::HasSubstr("ends at offset 0"));
}

TEST_F(KafkaCheckTest, SaysThatBrokersDoNotAnswer) {
  auto settings = settings_for("127.0.0.1:1");
  settings.ask_timeout = std::chrono::milliseconds(500);
  const auto check = KafkaTopicCheck::open(settings).value();
  EXPECT_EQ(check->look(name_).error().kind, ErrorKind::kUnavailable);
}

TEST_F(KafkaCheckTest, AReaderRefusesRecordsWithoutTheBrokersTime) {
  admin_.create(name_, 1);
  Owner owner(settings_for(broker_.address()), name_);
  const Offset good = owner.append("good").value();
  admin_.set(name_, "message.timestamp.type", "CreateTime");
  const Offset end = owner.append("bad").value();
  const auto found = owner.read_all(end);
  EXPECT_THAT(found.values, testing::ElementsAre("good"));
  ASSERT_TRUE(found.error);
  EXPECT_EQ(found.error->kind, ErrorKind::kCorrupt);
  EXPECT_THAT(found.error->text(),
              testing::AllOf(testing::HasSubstr("at offset"), testing::HasSubstr("LogAppendTime")));
  EXPECT_LT(good, end);
}

TEST_F(KafkaCheckTest, ARecordThatIsTooLargeFailsAndSaysSo) {
  admin_.create(name_, 2);
  auto settings = settings_for(broker_.address());
  settings.record_bytes_max = 1000;
  Owner owner(settings, name_);
  const auto large = owner.append(std::string(1000, 'x'));
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, testing::HasSubstr("1001 bytes"));
  EXPECT_FALSE(owner.append("a"));
  owner.topic().reopen(Owner::kPartition);
  EXPECT_TRUE(owner.append("b"));
}

TEST_F(KafkaCheckTest, ARecordThatTheBrokerRefusesFailsAndSaysWhy) {
  admin_.create(name_, 1);
  Owner owner(settings_for(broker_.address()), name_);
  admin_.set(name_, "max.message.bytes", "1000");
  const auto large = owner.append(std::string(100'000, 'x'));
  // Compressed it may be small enough: this one is not.
  std::string noise;
  for (std::uint32_t i = 1; noise.size() < 100'000; ++i) {
    noise += std::to_string(i * 2'654'435'761U);
  }
  const auto refused = owner.append(noise);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("too large"));
  EXPECT_THAT(refused.error().message, testing::Not(testing::HasSubstr(noise.substr(0, 20))));
  owner.topic().reopen(Owner::kPartition);
  EXPECT_TRUE(owner.append("b"));
  EXPECT_TRUE(large);
}

}  // namespace
}  // namespace hapax
