// SPDX-License-Identifier: Apache-2.0
#include "cluster/control_follower.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/memory_topic.hpp"

namespace hapax {
namespace {

constexpr PartitionId kControl{0};

ProcessingTime at(std::int64_t second) {
  return ProcessingTime(std::chrono::seconds(second));
}

class ControlFollowerTest : public testing::Test {
 protected:
  static ControlFollowerSettings settings() {
    return {.snapshot_after_bytes = 200, .part_bytes_max = 50, .first_look_records = 4};
  }
  void append(const ControlNote& note) {
    control_.append(kControl, {{.header = {}, .value = encode_note(note)}},
                    [](const Result<Offset>&) {});
    ++notes_;
  }
  void append(const std::vector<SnapshotPart>& parts) {
    for (const SnapshotPart& part : parts) {
      append(part);
    }
  }
  /// Reports of two collectors, so many.
  void report(int count) {
    for (int i = 0; i < count; ++i) {
      const CollectorId collector(1 + notes_ % 2);
      append(CollectorReport{.collector = collector,
                             .oldest_unsettled = at(static_cast<std::int64_t>(notes_)),
                             .accounts = {{.settled = notes_, .settled_end = Offset(notes_)}}});
    }
  }
  void join() {
    append(CollectorJoined{CollectorId(1)});
    append(CollectorJoined{CollectorId(2)});
    append(ClusterSettings{.epoch = SettingsEpoch(1), .dedup_window = Microseconds(9)});
    append(CollectorJoined{CollectorId(3)});
    append(CollectorGone{.collector = CollectorId(3)});
  }
  /// As who keeps the topic does.
  void trim(const ControlFollower& follower) {
    control_.delete_before(kControl, follower.needed_from(), [](const Result<void>&) {});
    control_.run();
  }
  void catch_up(ControlFollower& follower) {
    for (int i = 0; i < 100 && !(follower.has_read_all()); ++i) {
      ASSERT_TRUE(follower.step());
      control_.run();
    }
    ASSERT_TRUE(follower.step());
    ASSERT_TRUE(follower.has_read_all());
  }
  /// What the last step says.
  Result<void> step_some(ControlFollower& follower) {
    Result<void> last;
    for (int i = 0; i < 10; ++i) {
      last = follower.step();
      control_.run();
    }
    return last;
  }
  std::vector<SnapshotPart> snapshot(std::uint64_t nonce) {
    ControlFollower follower(control_, settings());
    catch_up(follower);
    return follower.snapshot(nonce);
  }
  /// A start now comes to what it would without any snapshot, and begins there.
  void expect_start(std::uint64_t begins_at) {
    ControlFollower follower(control_, settings());
    catch_up(follower);
    EXPECT_EQ(follower.began_at(), Offset(begins_at));
    ControlState right(kFirstSettings);
    const auto reader = control_.read(kControl, Offset(0));
    const auto records = reader->poll(100'000);
    for (const TopicRecord& record : records.value()) {
      right.apply(decode_note(record.entry.value).value(), record.offset, record.appended_at);
    }
    EXPECT_EQ(follower.state().encode(), right.encode());
  }

  MemoryTopic control_{1};
  std::uint64_t notes_ = 0;
};

TEST_F(ControlFollowerTest, AStartBeginsAtTheNewestSnapshot) {
  join();
  report(10);
  append(snapshot(7));
  report(5);
  const std::uint64_t newest = notes_;
  append(snapshot(8));
  report(3);
  expect_start(newest);
}

TEST_F(ControlFollowerTest, WhatStandsBetweenASnapshotAndItsOffsetIsRead) {
  join();
  report(10);
  const std::vector<SnapshotPart> parts = snapshot(7);
  const std::uint64_t as_of = notes_;
  report(1);
  append(CollectorGone{.collector = CollectorId(1), .by_itself = true});
  append(parts);
  expect_start(as_of);
}

TEST_F(ControlFollowerTest, AnOlderSnapshotThatComesLateIsNotTaken) {
  join();
  const std::vector<SnapshotPart> late = snapshot(7);
  report(10);
  const std::uint64_t newest = notes_;
  append(snapshot(8));
  append(late);
  expect_start(newest);
}

TEST_F(ControlFollowerTest, ASnapshotIsFoundHoweverFarBack) {
  join();
  append(snapshot(7));
  report(3000);
  expect_start(5);
}

TEST_F(ControlFollowerTest, WithoutASnapshotAllIsRead) {
  expect_start(0);
  join();
  report(50);
  expect_start(0);
}

TEST_F(ControlFollowerTest, ASnapshotThatIsNotWholeIsNone) {
  join();
  report(10);
  std::vector<SnapshotPart> parts = snapshot(7);
  ASSERT_GT(parts.size(), 2U);
  parts.erase(parts.begin() + 1);
  append(parts);
  expect_start(0);
}

TEST_F(ControlFollowerTest, PartsOfTwoSnapshotsMakeNone) {
  join();
  report(10);
  const std::vector<SnapshotPart> first = snapshot(7);
  report(10);
  const std::vector<SnapshotPart> second = snapshot(8);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    append(i % 2 == 0 ? first[i] : second[i]);
  }
  expect_start(0);
}

TEST_F(ControlFollowerTest, PartsMayComeMixedAndAgain) {
  join();
  report(10);
  const std::uint64_t first_end = notes_;
  const std::vector<SnapshotPart> first = snapshot(7);
  report(10);
  const std::vector<SnapshotPart> second = snapshot(8);
  append(second.front());
  append(first);
  append(first.front());
  expect_start(first_end);
  append(second);
  expect_start(first_end + 10);
}

TEST_F(ControlFollowerTest, ASnapshotOfAnotherFormatIsNone) {
  join();
  report(10);
  std::vector<SnapshotPart> parts = snapshot(7);
  ++parts.front().bytes.front();
  append(parts);
  expect_start(0);
}

TEST_F(ControlFollowerTest, ASnapshotIsWantedOnceItIsWorthItsBytes) {
  ControlFollower follower(control_, settings());
  join();
  catch_up(follower);
  EXPECT_FALSE(follower.wants_snapshot());
  report(10);
  catch_up(follower);
  EXPECT_TRUE(follower.wants_snapshot());
  append(follower.snapshot(7));
  EXPECT_FALSE(follower.wants_snapshot()) << "it is on its way";
  catch_up(follower);
  EXPECT_FALSE(follower.wants_snapshot());
}

TEST_F(ControlFollowerTest, WhatTwoSnapshotsHaveIsNotNeeded) {
  ControlFollower follower(control_, settings());
  join();
  append(snapshot(7));
  catch_up(follower);
  EXPECT_EQ(follower.needed_from(), Offset(0)) << "it may be of a format that others cannot read";
  report(10);
  append(snapshot(8));
  catch_up(follower);
  EXPECT_EQ(follower.needed_from(), Offset(5));
  const std::string before = follower.state().encode();
  trim(follower);
  ControlFollower next(control_, settings());
  catch_up(next);
  EXPECT_EQ(next.state().encode(), before);
}

TEST_F(ControlFollowerTest, TheFormerSnapshotServesWhereTheNewestCannotBeRead) {
  ControlFollower follower(control_, settings());
  join();
  append(snapshot(7));
  report(10);
  std::vector<SnapshotPart> newest = snapshot(8);
  ++newest.front().bytes.front();
  append(newest);
  catch_up(follower);
  const std::string before = follower.state().encode();
  trim(follower);
  ControlFollower next(control_, settings());
  catch_up(next);
  EXPECT_EQ(next.began_at(), Offset(5));
  EXPECT_EQ(next.state().encode(), before);
}

TEST_F(ControlFollowerTest, WhoStoodStillGoesOnFromASnapshot) {
  ControlFollower still(control_, settings());
  join();
  catch_up(still);
  ControlFollower follower(control_, settings());
  for (std::uint64_t nonce = 7; nonce < 10; ++nonce) {
    report(10);
    append(snapshot(nonce));
    catch_up(follower);
  }
  trim(follower);
  ASSERT_TRUE(still.step());
  EXPECT_FALSE(still.has_caught_up());
  catch_up(still);
  EXPECT_EQ(still.state().encode(), follower.state().encode());
}

TEST_F(ControlFollowerTest, WithoutTheBeginningAndWithoutASnapshotItSaysSo) {
  join();
  report(10);
  control_.delete_before(kControl, Offset(3), [](const Result<void>&) {});
  ControlFollower follower(control_, settings());
  const Result<void> last = step_some(follower);
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(follower.has_caught_up());
  EXPECT_EQ(follower.step().error().text(), last.error().text()) << "for good";
}

TEST_F(ControlFollowerTest, ANoteThatIsNoneOfOursIsNotPassed) {
  control_.append(kControl, {{.header = {}, .value = "?"}}, [](const Result<Offset>&) {});
  join();
  ControlFollower follower(control_);
  const Result<void> last = step_some(follower);
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(follower.state().completeness().has(CollectorId(1)));
}

}  // namespace
}  // namespace hapax
