// SPDX-License-Identifier: Apache-2.0
// What is wrong with settings is known before anybody talks to a broker.
#include "adapters/kafka/kafka_client.hpp"

#include <gmock/gmock.h>

#include <utility>

namespace hapax {
namespace {

KafkaSettings settings() {
  KafkaSettings made;
  made.brokers = "127.0.0.1:1";
  made.name = "test";
  return made;
}

std::string refusal(const KafkaSettings& settings) {
  const auto client = KafkaClient::open(settings);
  if (client) {
    return "";
  }
  EXPECT_EQ(client.error().kind, ErrorKind::kInvalid);
  return client.error().text();
}

TEST(KafkaClientSettingsTest, OpensWithoutABroker) {
  EXPECT_EQ(refusal(settings()), "");
}

TEST(KafkaClientSettingsTest, NeedsBrokersAndAName) {
  auto one = settings();
  one.brokers = "";
  EXPECT_NE(refusal(one), "");
  one = settings();
  one.name = "";
  EXPECT_NE(refusal(one), "");
}

TEST(KafkaClientSettingsTest, LetsNobodySetWhatIsPromised) {
  for (const char* name : {"auto.offset.reset", "acks", "enable.idempotence", "isolation.level",
                           "transactional.id", "partitioner", "no.such.property"}) {
    auto one = settings();
    one.properties = {{name, "latest"}};
    EXPECT_THAT(refusal(one), testing::HasSubstr(name));
  }
  auto one = settings();
  one.properties = {{"socket.keepalive.enable", "perhaps"}};
  EXPECT_THAT(refusal(one), testing::HasSubstr("socket.keepalive.enable"));
  one.properties = {{"socket.keepalive.enable", "true"}};
  EXPECT_EQ(refusal(one), "");
}

TEST(KafkaClientSettingsTest, GivesUpBeforeBrokersDo) {
  auto one = settings();
  one.append_timeout = std::chrono::minutes(1);
  EXPECT_THAT(refusal(one), testing::HasSubstr("append_timeout"));
}

TEST(KafkaClientSettingsTest, SaysThatBrokersDoNotAnswer) {
  auto one = settings();
  one.ask_timeout = std::chrono::milliseconds(200);
  const auto client = KafkaClient::open(one).value();
  const auto topic = client->open_topic("events");
  EXPECT_EQ(topic.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(topic.error().message, testing::HasSubstr("Connection refused"));
}

TEST(KafkaClientSettingsTest, LogsInAsTeamsDo) {
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    auto one = settings();
    one.properties = {{"security.protocol", "SASL_SSL"},
                      {"sasl.mechanism", mechanism},
                      {"sasl.username", "me"},
                      {"sasl.password", "secret"}};
    EXPECT_EQ(refusal(one), "") << "librdkafka without SCRAM: script/install --cluster";
  }
}

TEST(KafkaClientSettingsTest, NamesNoPasswordInAnError) {
  for (const auto& [name, value] :
       {std::pair("ssl.ca.location", "/nowhere"), std::pair("sasl.mechanism", "GSSAPI"),
        std::pair("sasl.mechanism", "NONE"), std::pair("no.such.property", "secret"),
        std::pair("security.protocol", "SASL_SSL,sasl.password=secret"),
        std::pair("sasl.mechanism", "PLAIN,sasl.password=secret")}) {
    auto one = settings();
    one.properties = {{"security.protocol", "SASL_SSL"},
                      {"sasl.mechanism", "PLAIN"},
                      {"sasl.username", "me"},
                      {"sasl.password", "secret"}};
    one.properties.insert_or_assign(name, value);
    EXPECT_NE(refusal(one), "") << name;
    EXPECT_THAT(refusal(one), testing::Not(testing::HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace hapax
