// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/voice.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace hapax::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr int kError = 3;
constexpr int kInfo = 6;
constexpr auto kTimedOut = RD_KAFKA_RESP_ERR__TIMED_OUT;

class VoiceTest : public testing::Test {
 protected:
  std::string text(rd_kafka_resp_err_t code) const { return voice_.unavailable(code, "no").text(); }

  std::vector<std::string> lines_;
  KafkaSettings settings_{.brokers = "127.0.0.1:1",
                          .name = "test",
                          .log = [this](const std::string& line) { lines_.push_back(line); }};
  Voice voice_{settings_};
};

TEST_F(VoiceTest, SaysWhyThereIsNoAnswerUntilThereIsOne) {
  EXPECT_EQ(text(kTimedOut), "no");
  voice_.hear(kError, "hapax#1", "FAIL", "broker: Connect failed");
  voice_.hear(kError, "hapax#1", "FAIL", "broker: Authentication failed");
  EXPECT_THAT(text(kTimedOut), HasSubstr("no; broker: Authentication failed"));
  EXPECT_THAT(text(kTimedOut), HasSubstr("kafka.properties"));
  voice_.forget();
  EXPECT_EQ(text(kTimedOut), "no");
}

TEST_F(VoiceTest, NamesTheProtocolWhereADoorIsClosedWithoutAWord) {
  voice_.hear(kInfo, "hapax#1", "FAIL",
              "broker: Disconnected: receive 0 after POLLIN (after 1ms in state APIVERSION_QUERY)");
  EXPECT_THAT(text(kTimedOut), HasSubstr("is it security.protocol?"));
  voice_.hear(kInfo, "hapax#1", "FAIL", "broker: Disconnected (after 1ms in state SSL_HANDSHAKE)");
  EXPECT_THAT(text(kTimedOut), HasSubstr("is it security.protocol?"));
  voice_.hear(kInfo, "hapax#1", "FAIL", "broker: Disconnected (after 9 ms in state UP)");
  EXPECT_THAT(text(kTimedOut), Not(HasSubstr("is it security.protocol?")));
}

TEST_F(VoiceTest, SaysWhyRecordsOfATransactionWerePurged) {
  voice_.hear(kError, "hapax#1", "TXNERR",
              "Current transaction failed: Topic authorization failed");
  EXPECT_THAT(text(RD_KAFKA_RESP_ERR__PURGE_QUEUE), HasSubstr("Topic authorization failed"));
}

TEST_F(VoiceTest, HasNothingToAddToWhatABrokerAnswers) {
  voice_.hear(kError, "hapax#1", "FAIL", "broker: Connect failed");
  EXPECT_EQ(text(RD_KAFKA_RESP_ERR_UNKNOWN), "no");
  EXPECT_EQ(text(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE), "no");
  EXPECT_THAT(text(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), HasSubstr("rights"));
  EXPECT_THAT(text(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), Not(HasSubstr("Connect")));
}

TEST_F(VoiceTest, LogsWhatIsWrongAndNotThatConnectionsEnd) {
  voice_.hear(kInfo, "hapax#1", "FAIL", "broker: Disconnected");
  voice_.hear(kInfo, "hapax#1", "OTHER", "something");
  voice_.hear(kError, "hapax#1", "FAIL", "broker: Connect failed");
  EXPECT_THAT(lines_,
              ElementsAre("hapax#1: OTHER: something", "hapax#1: FAIL: broker: Connect failed"));
}

}  // namespace
}  // namespace hapax::kafka
