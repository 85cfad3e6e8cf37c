// SPDX-License-Identifier: Apache-2.0
// How partitions are dealt out to the processes of a group.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_group.hpp"
#include "real_broker.hpp"

namespace hapax {
namespace {

using Assigned = std::vector<std::set<PartitionId>>;

class KafkaGroupTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kEvents = 5;
  static constexpr std::uint32_t kClaims = 3;
  static constexpr std::chrono::seconds kPatience{60};

  KafkaGroupTest() {
    admin_.create(events_, kEvents);
    admin_.create(claims_, kClaims);
  }

  std::unique_ptr<KafkaGroup> join() {
    return KafkaGroup::open(settings_, {.name = "group-" + events_,
                                        .topics = {events_, claims_},
                                        .session_timeout = std::chrono::seconds(6)})
        .value();
  }
  /// Polls `members` until `done`; false: not within a minute.
  template <typename Done>
  static bool poll_until(const std::vector<KafkaGroup*>& members, Done done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) {
      for (KafkaGroup* const member : members) {
        member->poll().permit_unchecked_error();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return done();
  }
  static bool has_all(const Assigned& assigned) {
    return assigned[0].size() == kEvents && assigned[1].size() == kClaims;
  }
  static bool are_shared(const Assigned& one, const Assigned& other) {
    bool apart = !one[0].empty() && !other[0].empty();
    for (std::size_t topic = 0; topic < 2; ++topic) {
      const std::size_t count = topic == 0 ? kEvents : kClaims;
      std::set<PartitionId> both = one[topic];
      both.insert(other[topic].begin(), other[topic].end());
      apart = apart && both.size() == count && one[topic].size() + other[topic].size() == count;
    }
    return apart;
  }

  RealBroker broker_;
  TopicAdmin admin_{broker_.address()};
  const KafkaSettings settings_ = settings_for(broker_.address());
  const std::string events_ = TopicAdmin::new_name();
  const std::string claims_ = TopicAdmin::new_name();
};

TEST_F(KafkaGroupTest, MembersShareAllPartitionsAndOneThatLeavesGivesItsBack) {
  const auto first = join();
  ASSERT_TRUE(poll_until({first.get()}, [&] { return has_all(first->assigned()); }));
  auto second = join();
  ASSERT_TRUE(poll_until({first.get(), second.get()},
                         [&] { return are_shared(first->assigned(), second->assigned()); }));
  second.reset();
  EXPECT_TRUE(poll_until({first.get()}, [&] { return has_all(first->assigned()); }));
}

TEST_F(KafkaGroupTest, AMemberKnowsWhoIsThereAndWhatTheyHave) {
  const auto first = join();
  auto second = join();
  const auto knows_all = [&] {
    const auto& members = first->members();
    return members.size() == 2 &&
           std::ranges::all_of(members,
                               [&](const GroupMember& one) {
                                 return one.assigned == (one.is_self ? first : second)->assigned();
                               }) &&
           std::ranges::count_if(members, &GroupMember::is_self) == 1;
  };
  EXPECT_TRUE(poll_until({first.get(), second.get()}, [&] {
    return are_shared(first->assigned(), second->assigned()) && knows_all();
  }));
  second.reset();
  EXPECT_TRUE(poll_until({first.get()}, [&] {
    return first->members().size() == 1 && has_all(first->members().front().assigned);
  }));
}

TEST_F(KafkaGroupTest, ABrokerThatIsAwayForAMomentTakesNothingAway) {
  const auto first = join();
  const auto second = join();
  ASSERT_TRUE(poll_until({first.get(), second.get()},
                         [&] { return are_shared(first->assigned(), second->assigned()); }));
  broker_.kill();
  broker_.start();
  EXPECT_TRUE(poll_until({first.get(), second.get()},
                         [&] { return are_shared(first->assigned(), second->assigned()); }));
}

}  // namespace
}  // namespace hapax
