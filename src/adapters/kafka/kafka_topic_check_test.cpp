// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/kafka_topic_check.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace hapax {
namespace {

KafkaTopicFacts good_facts() {
  return {.name = "events",
          .id = "id1",
          .partitions = {{.replicas = 3, .start = Offset(2), .end = Offset(7)},
                         {.replicas = 3, .start = Offset(0), .end = Offset(9)}},
          .settings = {{"message.timestamp.type", "LogAppendTime"},
                       {"cleanup.policy", "delete"},
                       {"retention.ms", "-1"},
                       {"retention.bytes", "-1"},
                       {"unclean.leader.election.enable", "false"},
                       {"min.insync.replicas", "2"},
                       {"max.message.bytes", "1048588"}}};
}

std::string refusal(const KafkaTopicFacts& facts, bool accept_unreplicated = false) {
  KafkaSettings settings;
  settings.accept_unreplicated = accept_unreplicated;
  const auto checked = KafkaTopicCheck::check_settings(facts, settings);
  if (checked) {
    return "";
  }
  EXPECT_EQ(checked.error().kind, ErrorKind::kInvalid);
  return checked.error().text();
}

TEST(KafkaTopicCheckTest, TakesATopicThatKeepsAllThatIsPromised) {
  EXPECT_EQ(refusal(good_facts()), "");
}

TEST(KafkaTopicCheckTest, RefusesEachSettingThatDoesNot) {
  const std::map<std::string, std::string> bad = {{"message.timestamp.type", "CreateTime"},
                                                  {"cleanup.policy", "compact"},
                                                  {"retention.ms", "604800000"},
                                                  {"retention.bytes", "1073741824"},
                                                  {"unclean.leader.election.enable", "true"},
                                                  {"min.insync.replicas", "1"},
                                                  {"max.message.bytes", "1000000"}};
  for (const auto& [name, value] : bad) {
    auto facts = good_facts();
    facts.settings[name] = value;
    EXPECT_THAT(refusal(facts),
                testing::HasSubstr(fmt::format("topic events: {} is {}", name, value)));
    facts.settings.erase(name);
    EXPECT_THAT(refusal(facts),
                testing::HasSubstr(fmt::format("topic events: {} is unknown", name)));
  }
  auto facts = good_facts();
  facts.settings["cleanup.policy"] = "compact,delete";
  EXPECT_NE(refusal(facts), "");
}

TEST(KafkaTopicCheckTest, RefusesTooFewReplicasUnlessThatIsAccepted) {
  auto facts = good_facts();
  facts.partitions[1].replicas = 2;
  EXPECT_THAT(refusal(facts), testing::HasSubstr("partition 1 has 2 replicas"));
  EXPECT_EQ(refusal(facts, true), "");
  facts.settings["min.insync.replicas"] = "1";
  EXPECT_EQ(refusal(facts, true), "");
}

TEST(KafkaTopicCheckTest, KnowsATopicAgain) {
  const KafkaTopicMark before = KafkaTopicCheck::mark(good_facts());
  EXPECT_TRUE(KafkaTopicCheck::check_same(good_facts(), before));
  auto facts = good_facts();
  facts.partitions[0].end = Offset(8);
  EXPECT_TRUE(KafkaTopicCheck::check_same(facts, before)) << "it may grow";
  facts.partitions[0].end = Offset(6);
  auto same = KafkaTopicCheck::check_same(facts, before);
  EXPECT_EQ(same.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(same.error().message, testing::HasSubstr("ends at offset 6, and it ended at 7"));
  facts = good_facts();
  facts.id = "id2";
  same = KafkaTopicCheck::check_same(facts, before);
  EXPECT_EQ(same.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(same.error().message, testing::HasSubstr("id2"));
  facts = good_facts();
  facts.partitions.push_back({.replicas = 3, .start = {}, .end = {}});
  same = KafkaTopicCheck::check_same(facts, before);
  EXPECT_EQ(same.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(same.error().message, testing::HasSubstr("3 partitions, and it had 2"));
}

}  // namespace
}  // namespace hapax
