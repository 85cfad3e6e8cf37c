// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/recent_frames.hpp"

#include <gmock/gmock.h>

#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;

constexpr log_format::Generation kFirst{.sequence = 1, .salt = 7};
constexpr log_format::Generation kUsedAgain{.sequence = 1, .salt = 8};
constexpr log_format::Generation kSecond{.sequence = 2, .salt = 9};

std::string bytes_of(char letter) {
  return std::string(1'000, letter);
}

bool finds(const RecentFrames& frames, const log_format::Generation& generation,
           std::uint64_t position, char letter) {
  const auto found = frames.find(generation, position);
  return found && *found == bytes_of(letter);
}

TEST(RecentFramesTest, AFrameIsFoundWhereItIsAndNowhereElse) {
  RecentFrames frames(1U << 20U);
  frames.add(kFirst, 4'096, bytes_of('a'));
  frames.add(kFirst, 8'192, bytes_of('b'));
  frames.add(kSecond, 4'096, bytes_of('c'));
  EXPECT_TRUE(finds(frames, kFirst, 4'096, 'a'));
  EXPECT_TRUE(finds(frames, kFirst, 8'192, 'b'));
  EXPECT_TRUE(finds(frames, kSecond, 4'096, 'c'));
  EXPECT_EQ(frames.find(kFirst, 4'608), nullptr);
  EXPECT_EQ(frames.find(kSecond, 8'192), nullptr);
  EXPECT_EQ(frames.find(kUsedAgain, 4'096), nullptr);
}

TEST(RecentFramesTest, TheOldestGoWhereMemoryEnds) {
  RecentFrames frames(3'500);
  for (std::uint64_t i = 0; i < 10; ++i) {
    frames.add(kFirst, i * 512, bytes_of(static_cast<char>('a' + i)));
  }
  EXPECT_EQ(frames.find(kFirst, 6 * 512), nullptr);
  EXPECT_TRUE(finds(frames, kFirst, 7 * 512, 'h'));
  EXPECT_TRUE(finds(frames, kFirst, 9 * 512, 'j'));
}

TEST(RecentFramesTest, AFrameThatIsTooLargeIsNotKept) {
  RecentFrames frames(500);
  frames.add(kFirst, 0, bytes_of('a'));
  EXPECT_EQ(frames.find(kFirst, 0), nullptr);
}

TEST(RecentFramesTest, MemoryIsUsedAgainOnceNobodyReadsIt) {
  RecentFrames frames(1'500);
  frames.add(kFirst, 0, bytes_of('a'));
  const auto held = frames.find(kFirst, 0);
  EXPECT_EQ(frames.add(kFirst, 1'024, bytes_of('b')), "") << "it is held";
  EXPECT_EQ(*held, bytes_of('a'));
  EXPECT_EQ(frames.add(kFirst, 2'048, bytes_of('c')), bytes_of('b'));
}

TEST(RecentFramesTest, ALargeFrameTakesTheRoomOfOthersOnlyAsLongAsItIsKept) {
  for (const std::size_t large : {1'000'000U, 2'000'000U}) {
    RecentFrames frames(1U << 20U);
    std::string spare = frames.add(kFirst, 0, std::string(large, 'x'));
    for (std::uint64_t i = 1; i <= 2'000; ++i) {
      spare.assign(1'000, 'y');
      spare = frames.add(kFirst, i * 512, std::move(spare));
    }
    EXPECT_NE(frames.find(kFirst, std::uint64_t{1'500} * 512), nullptr) << large;
  }
}

/// Zeros in place of all that the segments hold behind their headers.
void wipe(LogHarness& log) {
  for (const auto& segment : log.core->catalog().snapshot().segments) {
    std::string content = log.storage.content(segment.path);
    std::ranges::fill(content.begin() + log_format::kHeaderBytes, content.end(), '\0');
    log.storage.set_content(segment.path, content);
  }
}

TEST(RecentFramesTest, WhoReadsWhatWasJustWrittenReadsNoFile) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_one("a"));
  ASSERT_TRUE(log.commit_one("b"));
  const std::vector<Receipt::End> start{{PartitionId(0), Offset(0)}};
  const auto reader = SegmentReader::open(start, log.core->catalog(), log.storage).value();
  wipe(log);
  std::vector<std::string> ids;
  add_message_ids(reader->poll(1).value(), ids);
  add_message_ids(reader->poll(1).value(), ids);
  EXPECT_THAT(ids, ElementsAre("a", "b"));
}

TEST(RecentFramesTest, FramesInMemoryAreReadTogetherUntilTheyAreEnough) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  for (const char* id : {"a", "b", "c", "d"}) {
    ASSERT_TRUE(log.commit_one(id, 500));
  }
  const std::vector<Receipt::End> start{{PartitionId(0), Offset(0)}};
  const auto reader = SegmentReader::open(start, log.core->catalog(), log.storage).value();
  std::vector<std::string> ids;
  add_message_ids(reader->poll(800).value(), ids);
  EXPECT_THAT(ids, ElementsAre("a", "b"));
  add_message_ids(reader->poll(1U << 20U).value(), ids);
  EXPECT_THAT(ids, ElementsAre("a", "b", "c", "d"));
}

TEST(RecentFramesTest, FramesThatAreReadTogetherStayAsTheyAreUntilTheNextPoll) {
  LogHarness log;
  log.settings.segment_bytes = 64U << 20U;
  ASSERT_TRUE(log.open());
  constexpr std::size_t kBytes = 1'500'000;  // Memory holds a few.
  ASSERT_TRUE(log.commit_one("a", kBytes));
  ASSERT_TRUE(log.commit_one("b", kBytes));
  const std::vector<Receipt::End> start{{PartitionId(0), Offset(0)}};
  const auto reader = SegmentReader::open(start, log.core->catalog(), log.storage).value();
  const auto two = reader->poll(2 * kBytes).value();
  for (const char* id :
       {"c", "d", "e", "f", "g", "h", "i", "k"}) {  // In their memory, if it were free.
    ASSERT_TRUE(log.commit_one(id, kBytes));
  }
  std::vector<std::string> ids;
  add_message_ids(two, ids);
  EXPECT_THAT(ids, ElementsAre("a", "b"));
}

TEST(RecentFramesTest, WhatIsNotInMemoryAnyMoreIsReadFromTheFile) {
  LogHarness log;
  log.settings.segment_bytes = 64U << 20U;
  ASSERT_TRUE(log.open());
  std::vector<std::string> expected;
  for (int i = 0; i < 30; ++i) {  // More than memory holds.
    expected.push_back("m" + std::to_string(i));
    ASSERT_TRUE(log.commit_one(expected.back(), 1'000'000));
  }
  EXPECT_EQ(log.ids(), expected);
  wipe(log);
  const std::vector<Receipt::End> start{{PartitionId(0), Offset(0)}};
  const auto reader = SegmentReader::open(start, log.core->catalog(), log.storage).value();
  EXPECT_FALSE(reader->poll(1)) << "the oldest are in the file alone";
}

}  // namespace
}  // namespace hapax
