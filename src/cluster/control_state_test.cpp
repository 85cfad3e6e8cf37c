// SPDX-License-Identifier: Apache-2.0
#include "cluster/control_state.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using std::chrono::seconds;

ProcessingTime at(int second) {
  return ProcessingTime(seconds(second));
}

/// A cluster into which events are brought.
class MigratingTest : public testing::Test {
 protected:
  MigratingTest() { say(ClusterSettings{.epoch = SettingsEpoch(1), .migrated = MigratedLog()}); }

  void say(const ControlNote& note) {
    state_.apply(note, Offset(next_), at(static_cast<int>(100 + next_)));
    ++next_;
  }
  void report(int settled, std::uint64_t end) {
    say(CollectorReport{.collector = CollectorId(7),
                        .oldest_unsettled = at(settled),
                        .accounts = {{.settled_end = Offset(end)}}});
  }
  void end_it(std::vector<Offset> in) {
    say(ClusterSettings{
        .epoch = SettingsEpoch(2),
        .migrated = MigratedLog{.log = {.log = LogId(1), .in = std::move(in)}, .is_done = true}});
  }

  ControlState state_{kFirstSettings};
  std::uint64_t next_ = 0;
};

TEST_F(MigratingTest, WhatCollectorsSayMakesNothingCompleteBeforeAllIsThere) {
  say(CollectorJoined{CollectorId(7)});
  report(50, 0);
  EXPECT_EQ(state_.completeness().bound(), ProcessingTime::min());
  end_it({Offset(3)});
  EXPECT_EQ(state_.completeness().bound(), at(50));
}

TEST_F(MigratingTest, WhatWasBroughtInLiesBelowWhatIsSettledWhateverWasReported) {
  say(CollectorJoined{CollectorId(7)});
  report(50, 3);
  EXPECT_EQ(state_.settled_end(PartitionId(0)), Offset(3));
  end_it({Offset(9)});
  EXPECT_EQ(state_.settled_end(PartitionId(0)), Offset(9));
  report(60, 12);
  EXPECT_EQ(state_.settled_end(PartitionId(0)), Offset(12));
}

TEST_F(MigratingTest, ItDoesNotBeginBehindACollector) {
  ControlState state(kFirstSettings);
  state.apply(ClusterSettings{.epoch = SettingsEpoch(1)}, Offset(0), at(1));
  state.apply(CollectorJoined{CollectorId(7)}, Offset(1), at(2));
  state.apply(ClusterSettings{.epoch = SettingsEpoch(2), .migrated = MigratedLog()}, Offset(2),
              at(3));
  EXPECT_EQ(state.settings().newest().epoch, SettingsEpoch(1));
  state.apply(ClusterSettings{.epoch = SettingsEpoch(2), .views = "more"}, Offset(3), at(4));
  EXPECT_EQ(state.settings().newest().views, "more");
}

TEST_F(MigratingTest, ItDoesNotBeginBehindAnotherMachinesAndViewsMayChangeMeanwhile) {
  const MigratedLog other{.log = {LogId(2)}};
  say(ClusterSettings{.epoch = SettingsEpoch(2), .migrated = other});
  EXPECT_EQ(state_.settings().newest().epoch, SettingsEpoch(1));
  say(CollectorJoined{CollectorId(7)});
  say(ClusterSettings{.epoch = SettingsEpoch(2), .views = "more", .migrated = MigratedLog()});
  EXPECT_EQ(state_.settings().newest().views, "more");
  end_it({Offset(9)});
  EXPECT_EQ(state_.settings().newest().epoch, SettingsEpoch(2)) << "epoch 2 was taken before";
  say(ClusterSettings{.epoch = SettingsEpoch(3),
                      .migrated = MigratedLog{.log = {.log = LogId(1)}, .is_done = true}});
  say(ClusterSettings{.epoch = SettingsEpoch(4), .migrated = other});
  EXPECT_EQ(state_.settings().newest().epoch, SettingsEpoch(3));
}

}  // namespace
}  // namespace hapax
