// SPDX-License-Identifier: Apache-2.0
#include "testing/memory_topic.hpp"

#include "testing/topic_contract.hpp"

namespace hapax {
namespace {

class InMemory : public TopicUnderTest {
 public:
  Topic& topic() override { return topic_; }
  void run_callbacks() override { topic_.run(); }
  void break_appends() override { topic_.set_broken(true); }
  void mend_appends() override { topic_.set_broken(false); }
  void let_the_late_arrive() override { topic_.let_the_late_arrive(); }
  void make_anew() override { topic_.make_anew(); }
  void reopen() override {}  // It is its process.

 private:
  MemoryTopic topic_{kTopicPartitions};
};

INSTANTIATE_TEST_SUITE_P(Memory, LogContract,
                         testing::Values([]() -> std::unique_ptr<LogUnderTest> {
                           return std::make_unique<LogOfTopic>(std::make_unique<InMemory>());
                         }));

INSTANTIATE_TEST_SUITE_P(Memory, TopicContract,
                         testing::Values([]() -> std::unique_ptr<TopicUnderTest> {
                           return std::make_unique<InMemory>();
                         }));

}  // namespace
}  // namespace hapax
