// SPDX-License-Identifier: Apache-2.0
#include "cluster/agreement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "testing/memory_topic.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

ClusterSettings settings() {
  return {.dedup_window = Microseconds(1'000'000),
          .dedup_scope = DedupScope::kExact,
          .out_of_order_bound = Microseconds(2),
          .idle_timeout = Microseconds(3),
          .key_id = 4,
          .event_partitions = 5,
          .claim_partitions = 6,
          .views = "first\nsecond\n",
          .events_topic = "id1"};
}

class AgreementTest : public testing::Test {
 protected:
  /// Until it is through, or a hundred steps.
  Result<bool> run(Agreement& agreement) {
    Result<bool> done = false;
    for (int i = 0; i < 100; ++i) {
      done = agreement.step();
      if (done ? *done : done.error().kind != ErrorKind::kUnavailable) {
        break;
      }
      control_.run();
    }
    return done;
  }
  Result<bool> run(const ClusterSettings& ours) {
    followers_.push_back(std::make_unique<ControlFollower>(control_));
    agreements_.push_back(std::make_unique<Agreement>(ours, control_, *followers_.back()));
    return run(*agreements_.back());
  }
  std::size_t notes() { return control_.read(PartitionId(0), Offset(0))->poll(100).value().size(); }

  MemoryTopic control_{1};
  std::vector<std::unique_ptr<ControlFollower>> followers_;
  std::vector<std::unique_ptr<Agreement>> agreements_;  // What they append outlives no test.
};

TEST_F(AgreementTest, TheFirstRoleSaysWhatHolds) {
  EXPECT_TRUE(run(settings()).value());
  EXPECT_EQ(agreements_[0]->settings().epoch, SettingsEpoch(1));
  EXPECT_EQ(agreements_[0]->settings().views, settings().views);
  EXPECT_TRUE(run(settings()).value());
  EXPECT_EQ(notes(), 1U) << "the second one had nothing to say";
}

TEST_F(AgreementTest, WhoseWordComesTooLateIsComparedWithWhatHolds) {
  ClusterSettings others = settings();
  others.dedup_window = Microseconds(2'000'000);
  ControlFollower follower(control_);
  Agreement same(settings(), control_, follower);
  ControlFollower others_follower(control_);
  Agreement different(others, control_, others_follower);
  control_.set_broken(true);
  // Both have found nothing there, and say what they have.
  EXPECT_EQ(run(same).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(run(different).error().kind, ErrorKind::kUnavailable);
  control_.set_broken(false);
  EXPECT_TRUE(run(settings()).value());
  EXPECT_TRUE(run(same).value());
  const auto refused = run(different);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
}

TEST_F(AgreementTest, ADifferenceNamesTheSettingAndBothValues) {
  ASSERT_TRUE(run(settings()).value());
  struct Case {
    std::function<void(ClusterSettings&)> change;
    std::vector<std::string> words;
  };
  const std::vector<Case> cases = {
      {[](auto& ours) { ours.dedup_window = Microseconds(7); },
       {"dedup.window", "7 us", "1000000 us"}},
      {[](auto& ours) { ours.dedup_scope = DedupScope::kPartition; },
       {"dedup.scope", "partition", "exact"}},
      {[](auto& ours) { ours.missed_sample = 62'500; }, {"dedup.missed_sample is 0.0625", "0 in"}},
      {[](auto& ours) { ours.out_of_order_bound = Microseconds(8); },
       {"views.out_of_order_bound", "8 us", "2 us"}},
      {[](auto& ours) { ours.idle_timeout = Microseconds(8); },
       {"views.idle_timeout", "8 us", "3 us"}},
      {[](auto& ours) { ours.key_id = 9; },
       {"cluster.key_file", "0000000000000009", "0000000000000004"}},
      {[](auto& ours) { ours.event_partitions = 50; }, {"cluster.partitions is 50", "5 in"}},
      {[](auto& ours) { ours.claim_partitions = 60; }, {"cluster.claim_partitions is 60", "6 in"}},
      {[](auto& ours) { ours.events_topic = "id2"; }, {"topic of events", "id2", "id1"}},
  };
  for (const Case& one : cases) {
    ClusterSettings ours = settings();
    one.change(ours);
    const auto refused = run(ours);
    ASSERT_FALSE(refused) << one.words.front();
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
    EXPECT_FALSE(refused.error().hint.empty());
    for (const std::string& word : one.words) {
      EXPECT_THAT(refused.error().message, HasSubstr(word));
    }
  }
  EXPECT_EQ(notes(), 1U);
}

TEST_F(AgreementTest, WhatWasChangedSinceHolds) {
  ASSERT_TRUE(run(settings()).value());
  ClusterSettings next = settings();
  next.epoch = SettingsEpoch(2);
  next.dedup_window = Microseconds(9);
  control_.append(PartitionId(0), {{.header = {}, .value = encode_note(next)}}, [](auto) {});
  EXPECT_FALSE(run(settings()));
  EXPECT_TRUE(run(next).value());
}

TEST_F(AgreementTest, ViewsOfTheClusterHoldWhateverARoleDeclares) {
  ASSERT_TRUE(run(settings()).value());
  ClusterSettings other = settings();
  other.views = "other";
  EXPECT_TRUE(run(other).value());
  EXPECT_EQ(agreements_.back()->settings().views, settings().views);
}

TEST_F(AgreementTest, WhatCannotBeSaidIsSaidAgain) {
  control_.set_broken(true);
  ControlFollower follower(control_);
  Agreement agreement(settings(), control_, follower);
  EXPECT_EQ(run(agreement).error().kind, ErrorKind::kUnavailable) << "and why is known";
  control_.set_broken(false);
  EXPECT_TRUE(run(agreement).value());
}

}  // namespace
}  // namespace hapax
