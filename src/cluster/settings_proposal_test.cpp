// SPDX-License-Identifier: Apache-2.0
#include "cluster/settings_proposal.hpp"

#include <gtest/gtest.h>

#include "testing/memory_topic.hpp"

namespace hapax {
namespace {

constexpr PartitionId kControl{0};

class SettingsProposalTest : public testing::Test {
 protected:
  SettingsProposalTest() {
    append({.epoch = SettingsEpoch(1), .views = "first"});
    step(follower_, 10);
  }
  void append(const ClusterSettings& settings) {
    control_.append(kControl, {{.header = {}, .value = encode_note(settings)}}, [](const auto&) {});
  }
  template <typename Stepped>
  void step(Stepped& stepped, int times) {
    for (int i = 0; i < times; ++i) {
      control_.run();
      ASSERT_TRUE(stepped.step());
    }
  }
  Result<bool> run(SettingsProposal& proposal) {
    Result<bool> done = false;
    const auto goes_on = [&] {
      return done ? !*done : done.error().kind == ErrorKind::kUnavailable;
    };
    for (int i = 0; i < 20 && goes_on(); ++i) {
      control_.run();
      done = proposal.step();
    }
    return done;
  }

  MemoryTopic control_{1};
  ControlFollower follower_{control_};
};

TEST_F(SettingsProposalTest, WhatIsProposedHoldsUnderTheNextEpoch) {
  SettingsProposal proposal({.views = "second"}, control_, follower_);
  EXPECT_TRUE(run(proposal).value());
  const ClusterSettings& holds = follower_.state().settings().newest();
  EXPECT_EQ(holds.epoch, SettingsEpoch(2));
  EXPECT_EQ(holds.views, "second");
}

TEST_F(SettingsProposalTest, WhoComesSecondIsToldAndChangesNothing) {
  append({.epoch = SettingsEpoch(2), .views = "another"});
  SettingsProposal proposal({.views = "second"}, control_, follower_);
  const Result<bool> refused = run(proposal);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(follower_.state().settings().newest().views, "another");
}

TEST_F(SettingsProposalTest, WhatTheTopicDoesNotTakeIsSaidAgain) {
  control_.set_broken(true);
  SettingsProposal proposal({.views = "second"}, control_, follower_);
  EXPECT_EQ(run(proposal).error().kind, ErrorKind::kUnavailable) << "and why is known";
  control_.set_broken(false);
  EXPECT_TRUE(run(proposal).value());
}

}  // namespace
}  // namespace hapax
