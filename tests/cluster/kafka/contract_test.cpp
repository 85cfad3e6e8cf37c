// SPDX-License-Identifier: Apache-2.0
// The contract of the port, kept by a topic of a real Kafka broker.
#include <chrono>
#include <memory>

#include "adapters/kafka/kafka_client.hpp"
#include "held_way.hpp"
#include "real_broker.hpp"
#include "testing/topic_contract.hpp"

namespace hapax {
namespace {

class OnKafka : public TopicUnderTest {
 public:
  OnKafka() {
    admin_.create(name_, kTopicPartitions);
    open();
  }
  Topic& topic() override { return *topic_; }
  void run_callbacks() override {
    if (client_->run_callbacks() == 0) {
      client_->wait(std::chrono::milliseconds(10));
    }
  }
  void break_appends() override { way_.hold(true); }
  void mend_appends() override { way_.hold(false); }
  void let_the_late_arrive() override {
    EXPECT_GT(way_.held_count(), 0U) << "nothing was on its way";
    way_.let_go();
  }
  void make_anew() override {
    admin_.remove(name_);
    admin_.create(name_, kTopicPartitions);
    while (!TopicAdmin::is_another(broker_.address(), name_, topic_->id())) {
    }
  }

  void reopen() override {
    topic_.reset();
    client_.reset();
    open();
  }

 private:
  void open() {
    client_ = KafkaClient::open(settings_).value();
    topic_ = client_->open_topic(name_).value();
  }

  RealBroker broker_;
  HeldWay way_{broker_.held_port(), broker_.behind_held_port()};
  TopicAdmin admin_{broker_.address()};
  const std::string name_ = TopicAdmin::new_name();
  const KafkaSettings settings_ = settings_for(broker_.held_address());
  std::unique_ptr<KafkaClient> client_;
  std::unique_ptr<Topic> topic_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, LogContract, testing::Values([]() -> std::unique_ptr<LogUnderTest> {
                           return std::make_unique<LogOfTopic>(std::make_unique<OnKafka>());
                         }));

INSTANTIATE_TEST_SUITE_P(Kafka, TopicContract,
                         testing::Values([]() -> std::unique_ptr<TopicUnderTest> {
                           return std::make_unique<OnKafka>();
                         }));

}  // namespace
}  // namespace hapax
