// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/recent_frames.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;

constexpr log_format::Generation kFirst{.sequence = 1, .salt = 7};
constexpr log_format::Generation kUsedAgain{.sequence = 1, .salt = 8};
constexpr log_format::Generation kSecond{.sequence = 2, .salt = 9};

log_format::WrittenFrame frame_of(char letter) {
  return {.bytes = std::string(1'000, letter)};
}

bool finds(const RecentFrames& frames, const log_format::Generation& generation,
           std::uint64_t position, char letter) {
  const auto found = frames.find(generation, position);
  return found && found->bytes == frame_of(letter).bytes;
}

TEST(RecentFramesTest, AFrameIsFoundWhereItIsAndNowhereElse) {
  RecentFrames frames(1U << 20U);
  frames.add(kFirst, 4'096, frame_of('a'));
  frames.add(kFirst, 8'192, frame_of('b'));
  frames.add(kSecond, 4'096, frame_of('c'));
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
    frames.add(kFirst, i * 512, frame_of(static_cast<char>('a' + i)));
  }
  EXPECT_EQ(frames.find(kFirst, 6 * 512), nullptr);
  EXPECT_TRUE(finds(frames, kFirst, 7 * 512, 'h'));
  EXPECT_TRUE(finds(frames, kFirst, 9 * 512, 'j'));
}

TEST(RecentFramesTest, AFrameThatIsTooLargeIsNotKept) {
  RecentFrames frames(500);
  frames.add(kFirst, 0, frame_of('a'));
  EXPECT_EQ(frames.find(kFirst, 0), nullptr);
}

TEST(RecentFramesTest, MemoryIsUsedAgainOnceNobodyReadsIt) {
  RecentFrames frames(1'500);
  frames.add(kFirst, 0, frame_of('a'));
  const auto held = frames.find(kFirst, 0);
  EXPECT_EQ(frames.add(kFirst, 1'024, frame_of('b')).bytes, "") << "it is held";
  EXPECT_EQ(held->bytes, frame_of('a').bytes);
  EXPECT_EQ(frames.add(kFirst, 2'048, frame_of('c')).bytes, frame_of('b').bytes);
}

TEST(RecentFramesTest, MemoryThatIsLetGoOfLaterIsUsedAgainThen) {
  RecentFrames frames(1'500);
  frames.add(kFirst, 0, frame_of('a'));
  auto held = frames.find(kFirst, 0);
  EXPECT_EQ(frames.add(kFirst, 1'024, frame_of('b')).bytes, "");
  const auto held_longer = frames.find(kFirst, 1'024);
  held.reset();
  EXPECT_EQ(frames.add(kFirst, 2'048, frame_of('c')).bytes, frame_of('a').bytes);
}

TEST(RecentFramesTest, AFrameMayOutliveThem) {
  RecentFrames::Found held;
  {
    RecentFrames frames(1'500);
    frames.add(kFirst, 0, frame_of('a'));
    held = frames.find(kFirst, 0);
  }
  EXPECT_EQ(held->bytes, frame_of('a').bytes);
}

// Who writes into memory that is used again has seen that its readers are done: under the thread
// sanitizer this is a test of that, as nothing else orders the two.
TEST(RecentFramesTest, WhoUsesMemoryAgainKnowsThatItsReaderIsDone) {
  RecentFrames frames(1'500);
  frames.add(kFirst, 0, frame_of('a'));
  std::atomic<bool> done = false;
  std::future<bool> reader = std::async(std::launch::async, [&] {
    const bool found = finds(frames, kFirst, 0, 'a');
    done.store(true, std::memory_order_relaxed);
    return found;
  });
  while (!done.load(std::memory_order_relaxed)) {
    std::this_thread::yield();
  }
  log_format::WrittenFrame memory = frames.add(kFirst, 1'024, frame_of('b'));
  EXPECT_EQ(memory.bytes, frame_of('a').bytes);
  memory.bytes.assign(1'000, 'c');
  EXPECT_TRUE(reader.get());
}

TEST(RecentFramesTest, MemoryIsUsedAgainWhileOthersRead) {
  constexpr int kReaders = 2;
  RecentFrames frames(1'500);
  std::atomic<std::uint64_t> newest = 0;
  std::atomic<int> reading = 0;
  std::atomic<bool> over = false;
  const auto read = [&] {
    for (std::uint64_t found = 0; !over;) {
      const std::uint64_t at = newest;
      if (const auto frame = frames.find(kFirst, at * 512)) {
        const char letter = static_cast<char>('a' + at % 26);
        EXPECT_EQ(frame->bytes.find_first_not_of(letter), std::string::npos) << at;
        reading += ++found == 100 ? 1 : 0;
      }
    }
  };
  std::vector<std::future<void>> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.push_back(std::async(std::launch::async, read));
  }
  int used_again = 0;
  log_format::WrittenFrame memory;
  for (std::uint64_t at = 0; reading < kReaders || used_again < 1'000; ++at) {
    used_again += memory.bytes.empty() ? 0 : 1;
    memory.bytes.assign(1'000, static_cast<char>('a' + at % 26));
    memory = frames.add(kFirst, at * 512, std::move(memory));
    newest = at;
  }
  over = true;
  for (auto& reader : readers) {
    reader.get();
  }
}

TEST(RecentFramesTest, ALargeFrameTakesTheRoomOfOthersOnlyAsLongAsItIsKept) {
  for (const std::size_t large : {1'000'000U, 2'000'000U}) {
    RecentFrames frames(1U << 20U);
    log_format::WrittenFrame spare = frames.add(kFirst, 0, {.bytes = std::string(large, 'x')});
    for (std::uint64_t i = 1; i <= 2'000; ++i) {
      spare.bytes.assign(1'000, 'y');
      spare = frames.add(kFirst, i * 512, std::move(spare));
    }
    EXPECT_NE(frames.find(kFirst, std::uint64_t{1'500} * 512), nullptr) << large;
  }
}

TEST(RecentFramesTest, HashesTakeRoomToo) {
  RecentFrames frames(3'500);
  for (std::uint64_t i = 0; i < 3; ++i) {
    auto frame = frame_of('a');
    frame.ids.resize(i == 0 ? 100 : 0);
    frames.add(kFirst, i * 512, std::move(frame));
  }
  EXPECT_EQ(frames.find(kFirst, 0), nullptr);
  EXPECT_TRUE(finds(frames, kFirst, 512, 'a'));
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

/// How many hashes there are of each batch.
std::vector<std::size_t> hash_counts(std::span<const LogBatch> batches) {
  std::vector<std::size_t> counts;
  for (const LogBatch& batch : batches) {
    counts.push_back(batch.ids.size());
  }
  return counts;
}

TEST(RecentFramesTest, HashesComeFromMemoryAlone) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  const auto two = [](std::uint32_t partition) {
    return records_of(PartitionId(partition), {EventView(), EventView()});
  };
  auto without = two(1);
  without.ids.clear();
  ASSERT_TRUE(log.commit({two(0), one_record(1, "a")}));
  ASSERT_TRUE(log.commit_control("k", "v"));
  ASSERT_TRUE(log.commit({two(0), without, two(2)}));
  const auto start = ends_of(start_offsets(*log.core));
  const auto near = SegmentReader::open(start, log.core->catalog(), log.storage).value();
  EXPECT_THAT(hash_counts(near->poll(1).value()), ElementsAre(2, 1));
  EXPECT_THAT(hash_counts(near->poll(1).value()), ElementsAre(0, 0, 0)) << "control records";
  EXPECT_THAT(hash_counts(near->poll(1).value()), ElementsAre(0, 0, 0)) << "one part has none";
  ASSERT_TRUE(log.open());
  const auto later = SegmentReader::open(start, log.core->catalog(), log.storage).value();
  EXPECT_THAT(hash_counts(later->poll(1).value()), ElementsAre(0, 0)) << "from the file";
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
