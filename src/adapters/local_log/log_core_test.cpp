// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/log_core.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(LogCoreTest, GivesConsecutiveOffsetsPerPartition) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  const auto first = log.commit({one_record(0, "a"), one_record(2, "b")}).value();
  const auto second = log.commit({one_record(2, "c")}).value();
  EXPECT_THAT(first.front().ends, ElementsAre(Receipt::End{PartitionId(0), Offset(1)},
                                              Receipt::End{PartitionId(2), Offset(1)}));
  EXPECT_THAT(second.front().ends, ElementsAre(Receipt::End{PartitionId(2), Offset(2)}));
}

TEST(LogCoreTest, OneSyncMakesAGroupOfManyAppendsDurable) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  const auto syncs = log.core->stats().syncs;
  const std::vector<std::vector<PartitionRecords>> group{
      {one_record(0, "a")}, {one_record(1, "b")}, {one_record(0, "c"), one_record(2, "d")}};
  ASSERT_THAT(log.core->commit(group).value(), SizeIs(3));
  EXPECT_EQ(log.core->stats().syncs, syncs + 1);
  EXPECT_THAT(log.ids(), ElementsAre("a", "b", "c", "d"));
}

TEST(LogCoreTest, RollsThroughManySegmentsAndReadsAcrossThem) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  std::vector<std::string> expected;
  for (int i = 0; i < 40; ++i) {
    expected.push_back(fmt::format("m{}", i));
    ASSERT_TRUE(log.commit_one(expected.back(), 2000));
  }
  EXPECT_GT(log.core->catalog().snapshot().segments.size(), 3U);
  EXPECT_EQ(log.ids(), expected);
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids(), expected);
}

TEST(LogCoreTest, AnAppendLargerThanASegmentFits) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_one("small"));
  ASSERT_TRUE(log.commit_one("huge", 5 * log.settings.segment_bytes));
  ASSERT_TRUE(log.commit_one("next"));
  ASSERT_TRUE(log.open());
  EXPECT_THAT(log.ids(), ElementsAre("small", "huge", "next"));
}

TEST(LogCoreTest, AReaderStartsAtAnyOffset) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(log.commit({one_record(i % 3, fmt::format("m{}", i), 1500)}));
  }
  for (std::uint64_t at = 0; at <= 10; ++at) {
    const std::vector<Receipt::End> start{{PartitionId(1), Offset(at)}};
    const auto reader = SegmentReader::open(start, log.core->catalog(), log.storage).value();
    std::vector<std::string> ids;
    std::vector<std::string> expected;
    for (auto offset = at; offset < 10; ++offset) {
      expected.push_back(fmt::format("m{}", 3 * offset + 1));
      add_message_ids(reader->poll(1).value(), ids);
    }
    EXPECT_EQ(ids, expected) << at;
    EXPECT_THAT(reader->poll(1).value(), IsEmpty());
  }
}

TEST(LogCoreTest, AReaderOutsideTheRetainedOffsetsIsToldTheGap) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log.commit_one(fmt::format("m{}", i), 2000));
  }
  ASSERT_TRUE(log.retain());
  ASSERT_GT(start_offsets(*log.core)[0], Offset(0));
  for (const std::uint64_t at : {0, 41}) {
    const std::vector<Receipt::End> start{{PartitionId(0), Offset(at)}};
    const auto reader = SegmentReader::open(start, log.core->catalog(), log.storage);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(reader.error().message, HasSubstr(fmt::format("to 40, not {}", at)));
  }
}

TEST(LogCoreTest, RetentionByBytesNeverPassesTheSlowestReader) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log.commit({one_record(i % 2, fmt::format("m{}", i), 2000)}));
  }
  auto released = log.core->catalog().end_offsets();
  released[1] = Offset(3);  // This reader is slow.
  ASSERT_TRUE(log.retain(released));
  EXPECT_LE(start_offsets(*log.core)[1], Offset(3));
  EXPECT_THAT(log.ids(), testing::Contains("m7"));
  ASSERT_TRUE(log.retain());
  EXPECT_THAT(log.core->catalog().snapshot().segments, SizeIs(3));
}

TEST(LogCoreTest, RetentionByAgeDropsOldSegmentsButNotTheActiveOne) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  ASSERT_TRUE(log.open());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log.commit_one(fmt::format("m{}", i), 2000));
  }
  ASSERT_TRUE(log.retain());
  EXPECT_THAT(log.ids(), SizeIs(40));
  log.clock.advance(std::chrono::hours(2));
  ASSERT_TRUE(log.retain());
  EXPECT_THAT(log.core->catalog().snapshot().segments, SizeIs(1));
}

TEST(LogCoreTest, ASegmentThatCannotBeRetiredKeepsTheYoungerOnes) {
  for (const auto kind :
       {DiskOp::Kind::kRename, DiskOp::Kind::kUnlink, DiskOp::Kind::kSyncDirectory}) {
    SCOPED_TRACE(static_cast<int>(kind));
    LogHarness log;
    log.settings.spares_max = kind == DiskOp::Kind::kUnlink ? 0 : 2;
    ASSERT_TRUE(log.open());
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE(log.commit_one(fmt::format("m{}", i), 2000));
    }
    bool fails = true;
    log.storage.before_op([&](const DiskOp& op) -> std::optional<Error> {
      return fails && op.kind == kind
                 ? std::optional(Error{.kind = ErrorKind::kExhausted, .message = "full"})
                 : std::nullopt;
    });
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(log.retain());
    }
    LogHarness restarted(log.storage.image());
    restarted.settings = log.settings;
    const auto opened = restarted.open();
    EXPECT_TRUE(opened) << opened.error().text();
    fails = false;
    ASSERT_TRUE(log.retain());
    EXPECT_THAT(log.core->catalog().snapshot().segments, SizeIs(3));
    ASSERT_TRUE(log.open());
    EXPECT_EQ(log.ids().back(), "m59");
  }
}

TEST(LogCoreTest, AClockThatStepsBackDropsNothingAndRepeatsNoName) {  // Row 32.
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  ASSERT_TRUE(log.open());
  std::vector<std::string> expected;
  for (int i = 0; i < 40; ++i) {
    log.clock.set_now(log.clock.now() - std::chrono::hours(24 * 30));
    expected.push_back(fmt::format("m{}", i));
    ASSERT_TRUE(log.commit_one(expected.back(), 2000));
    ASSERT_TRUE(log.retain());
  }
  EXPECT_EQ(log.ids(), expected);
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids(), expected);
}

TEST(LogCoreTest, ARecycledSegmentDoesNotReplayItsFormerLife) {  // Row 14b.
  LogHarness log;
  ASSERT_TRUE(log.open());
  int written = 0;
  while (log.core->files().recycled_count() < 2) {
    ASSERT_TRUE(log.commit_one(fmt::format("m{}", written++), 1000));
    ASSERT_TRUE(log.retain());
  }
  // Into recycled segments, one frame at a time, so that the former life follows behind each.
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log.commit_one(fmt::format("m{}", written++), 1000));
    ASSERT_TRUE(log.open());
    const auto ids = log.ids();
    ASSERT_FALSE(ids.empty());
    EXPECT_EQ(ids.back(), fmt::format("m{}", written - 1));
    for (std::size_t n = 0; n < ids.size(); ++n) {
      ASSERT_EQ(ids[n], fmt::format("m{}", written - static_cast<int>(ids.size() - n)));
    }
  }
}

TEST(LogCoreTest, AppendsAfterATornTailSurviveTheNextRecovery) {  // Row 14.
  LogHarness log;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_one("a", 900));
  const auto end_of_a = log.core->catalog().end().position;
  ASSERT_TRUE(log.commit_one("torn", 900));
  auto torn = log.storage.content(log.active_path());
  const auto cut = end_of_a + log_format::kAlignment;
  torn.replace(cut, torn.size() - cut, torn.size() - cut, '\0');
  log.storage.set_content(log.active_path(), torn);
  ASSERT_TRUE(log.open());
  EXPECT_THAT(log.ids(), ElementsAre("a"));
  ASSERT_TRUE(log.commit_one("b"));
  ASSERT_TRUE(log.open());
  EXPECT_THAT(log.ids(), ElementsAre("a", "b"));
}

TEST(LogCoreTest, OffsetsGoOnBeyond32Bits) {  // Row 46.
  constexpr auto kFirst = (std::uint64_t{1} << 32U) - 2;
  LogHarness log;
  const log_format::SegmentHeader header{
      .generation = {.sequence = 1, .salt = 5},
      .file_bytes = log.settings.segment_bytes,
      .created_at = log.clock.now(),
      .partitions = {{.offset = Offset(kFirst), .digest = {}}, {}, {}},
      .controls = {}};
  auto content = log_format::encode_header(header);
  content.resize(log.settings.segment_bytes);
  log.storage.set_content(fmt::format("{}/{}", kLogDirectory, log_format::segment_name(1)),
                          content);
  ASSERT_TRUE(log.open());
  for (std::uint64_t i = 1; i <= 4; ++i) {
    const auto receipt = log.commit({one_record(0, fmt::format("m{}", i))}).value().front();
    EXPECT_EQ(receipt.ends.front().end, Offset(kFirst + i));
    EXPECT_EQ(decode_receipt(encode_receipt(receipt)).value(), receipt);
  }
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.core->catalog().end_offsets()[0], Offset(kFirst + 4));
  EXPECT_THAT(log.ids(), SizeIs(4));
}

TEST(LogCoreTest, ASecondOpenerIsRefused) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  const auto second = LogCore::open(log.settings, log.storage, log.clock, log.random);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
}

TEST(LogCoreTest, AnotherNumberOfPartitionsIsRefusedWithTheNumber) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  log.settings.partition_count = 4;
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(opened.error().hint, HasSubstr("log.partitions to 3"));
}

TEST(LogCoreTest, AnotherKeyIsRefusedWithBoth) {
  LogHarness log;
  log.settings.key_id = 0xA1;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.open());
  for (const auto& [key, name] :
       {std::pair<std::uint64_t, const char*>{0, "none"},
        std::pair<std::uint64_t, const char*>{0xB2, "00000000000000b2"}}) {
    log.settings.key_id = key;
    const auto opened = log.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(
        opened.error().message,
        HasSubstr(fmt::format("made with key 00000000000000a1, the key given is {}", name)));
    EXPECT_THAT(opened.error().hint, HasSubstr("the key that this folder was made with"));
  }
}

TEST(LogCoreTest, AMissingSegmentIsNamed) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log.commit_one(fmt::format("m{}", i), 2000));
  }
  ASSERT_TRUE(log.storage.unlink(log.core->catalog().snapshot().segments[1].path));
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(opened.error().message, HasSubstr("00000000000000000002.seg is missing"));
}

}  // namespace
}  // namespace hapax
