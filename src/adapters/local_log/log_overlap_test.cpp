// SPDX-License-Identifier: Apache-2.0
// Segments that do not fit each other: offsets that are there twice, or not at all (row 48).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/log_walk.hpp"
#include "adapters/local_log/verify.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

/// Two segments of one partition.
struct TwoSegments {
  /// Records of the first one behind its first seal, and where the second one says it begins.
  TwoSegments(int behind_the_seal, std::uint64_t second_starts)
      : first(1, std::vector<PartitionStart>(1)),
        second(make_second(behind_the_seal, second_starts)) {
    for (int i = 0; i < 3; ++i) {
      second.add(one_record(0, fmt::format("second{}", i)));
    }
    first.put_into(storage);
    second.put_into(storage);
    settings.partition_count = 1;
  }

  Result<std::unique_ptr<LogCore>> open() {
    return LogCore::open(settings, storage, clock, random);
  }

  /// What a reader from offset `from` meets that trusts headers.
  Result<std::vector<std::string>> read(std::uint64_t from) {
    LogCatalog catalog;
    catalog.set({.segments = {first.info(), second.info()},
                 .end = {.sequence = 2, .position = second.end()},
                 .end_offsets = {second.ends()[0].offset}});
    const std::vector<Receipt::End> start{{PartitionId(0), Offset(from)}};
    HAPAX_ASSIGN(const auto reader, SegmentReader::open(start, catalog, storage));
    std::vector<std::string> ids;
    while (true) {
      const auto batches = reader->poll(1);
      if (!batches) {
        EXPECT_FALSE(reader->poll(1)) << "it goes on behind damage";
        return batches.error();
      }
      if (batches->empty()) {
        return ids;
      }
      add_message_ids(*batches, ids);
    }
  }

  CrashStorage storage;
  StillClock clock;
  SeededRandom random{1};
  LocalLogSettings settings = small_log_settings();
  HandmadeSegment first;
  HandmadeSegment second;

 private:
  HandmadeSegment make_second(int behind_the_seal, std::uint64_t second_starts) {
    first.add(one_record(0, "first0"));
    first.add(one_record(0, "first1"));
    auto start = first.ends();
    start[0].offset = Offset(second_starts);
    const auto end = first.seal();
    for (int i = 0; i < behind_the_seal; ++i) {
      first.add(one_record(0, fmt::format("behind{}", i)));
    }
    if (behind_the_seal > 0) {
      first.seal();
    }
    return HandmadeSegment(2, std::move(start), end);
  }
};

void expect_corrupt(const Error& error, const std::string& place) {
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr(place));
}

void expect_told(TwoSegments& log, const std::string& place_at_start) {
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  expect_corrupt(opened.error(), place_at_start);
  const auto read = log.read(0);
  ASSERT_FALSE(read);
  expect_corrupt(read.error(), "00000000000000000002.seg is damaged at byte 0");
  const auto report = verify_all(log.storage).value();
  ASSERT_THAT(report.problems, SizeIs(1));
  expect_corrupt(report.problems.front(), "00000000000000000002.seg is damaged at byte 0");
  EXPECT_EQ(report.segments, 2U);
}

TEST(LogOverlapTest, SegmentsThatFitAreRead) {
  TwoSegments log(0, 2);
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_THAT(log.read(0).value(), SizeIs(5));
}

TEST(LogOverlapTest, RecordsBehindTheEndThatTheNextSegmentKnowsAreTold) {
  TwoSegments log(2, 2);
  const auto behind = log.second.info().header.previous_end + log_format::kAlignment;
  expect_told(log, fmt::format("00000000000000000001.seg is damaged at byte {}: it goes on behind "
                               "its end",
                               behind));
}

TEST(LogOverlapTest, AGapBetweenSegmentsIsTold) {
  TwoSegments log(0, 4);
  expect_told(log, fmt::format("00000000000000000001.seg is damaged at byte {}: its end is not",
                               log.second.info().header.previous_end));
}

TEST(LogOverlapTest, AnOverlapOfHeadersIsTold) {
  TwoSegments log(0, 1);
  expect_told(log, "its end is not where the next file says it begins");
}

TEST(LogOverlapTest, BatchesThatDoNotFollowEachOtherAreToldAlsoBeforeTheStartOfAReader) {
  for (const std::uint64_t base : {1, 4}) {
    TwoSegments log(0, 2);
    log.second.add(one_record(0, "after"));
    log.second.add(one_record(0, "elsewhere"), Offset(base));
    log.second.put_into(log.storage);
    const auto end = log.second.ends()[0].offset.value();
    for (const std::uint64_t from : {std::uint64_t{0}, end}) {
      const auto read = log.read(from);
      ASSERT_FALSE(read);
      expect_corrupt(read.error(), fmt::format("goes on at offset {} instead of 6", base));
    }
    const auto report = verify_all(log.storage).value();
    EXPECT_THAT(report.problems, SizeIs(1));
  }
}

TEST(LogOverlapTest, ASegmentWithoutASealIsToldAtTheStart) {
  TwoSegments log(0, 2);
  auto content = log.storage.content(log.first.info().path);
  content.replace(log.second.info().header.previous_end, 40, 40, '\0');
  log.storage.set_content(log.first.info().path, content);
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  expect_corrupt(opened.error(), "there is no seal");
}

TEST(LogOverlapTest, AnOffsetInsideABatchIsNoPlaceToStart) {
  TwoSegments log(0, 2);
  const auto part = records_of(PartitionId(0), std::vector<EventView>(3));
  log.second.add(part);
  log.second.put_into(log.storage);
  EXPECT_TRUE(log.read(5));
  const auto read = log.read(6);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace hapax
