// SPDX-License-Identifier: Apache-2.0
// Control records: what holds from some offset on must be known to whoever reads from there.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/verify.hpp"

namespace hapax {
namespace {

using namespace log_format;  // NOLINT: this file is about the format.
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Appends until the log is in a further segment.
void roll(LogHarness& log) {
  const auto segments = log.core->catalog().snapshot().segments.size();
  while (log.core->catalog().snapshot().segments.size() == segments) {
    ASSERT_TRUE(log.commit_one("m", 2000));
  }
}

VerifyReport verify(LogHarness& log) {
  return verify_all(log.storage).value();
}

TEST(LogControlsTest, EveryLaterSegmentRepeatsTheNewestOfEachKind) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_control("settings", "1"));
  ASSERT_TRUE(log.commit_control("clock", "1"));
  ASSERT_TRUE(log.commit_control("settings", "2"));
  roll(log);
  ASSERT_TRUE(log.commit_control("clock", "2"));
  roll(log);
  const auto segments = log.core->catalog().snapshot().segments;
  ASSERT_THAT(segments, SizeIs(3));
  EXPECT_THAT(segments[0].header.controls, IsEmpty());
  EXPECT_THAT(segments[1].header.controls,
              ElementsAre(control_record("clock", "1"), control_record("settings", "2")));
  EXPECT_THAT(segments[2].header.controls,
              ElementsAre(control_record("clock", "2"), control_record("settings", "2")));
  const auto report = verify(log);
  EXPECT_THAT(report.problems, IsEmpty()) << report.problems.front().text();
  EXPECT_EQ(report.controls, 4 * 3U);
}

TEST(LogControlsTest, TheyAreKnownWhenRetentionHasDroppedThem) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_control("settings", "1"));
  for (int i = 0; i < 6; ++i) {
    roll(log);
  }
  ASSERT_TRUE(log.commit_control("settings", "2"));
  ASSERT_TRUE(log.retain());
  for (int start = 0; start < 2; ++start) {
    const auto controls = log.core->catalog().controls();
    EXPECT_GT(controls.starts[0].offset, Offset(0));
    EXPECT_THAT(controls.at_start, ElementsAre(control_record("settings", "1")));
    EXPECT_THAT(controls.at_end, ElementsAre(control_record("settings", "2")));
    ASSERT_TRUE(log.open());
  }
}

TEST(LogControlsTest, OneThatDoesNotFitIsRefusedAndNothingChanges) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_control("settings", std::string(1500, 's')));
  const auto ends = log.core->catalog().end_offsets();
  const auto refused = log.commit_control("clock", std::string(1500, 'c'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().message, HasSubstr("at most 2488"));
  EXPECT_EQ(log.core->catalog().end_offsets(), ends);
  ASSERT_TRUE(log.commit_control("settings", std::string(2400, 's')));  // In the other's place.
  roll(log);
  ASSERT_TRUE(log.open());
  EXPECT_THAT(log.core->catalog().controls().at_end, SizeIs(1));
}

/// How many problems verify has with a log of one segment with one frame of these batches.
std::size_t problems_of_frame(const std::vector<std::pair<PartitionRecords, bool>>& batches) {
  const SegmentHeader header{.generation = {.sequence = 1, .salt = 5},
                             .file_bytes = small_log_settings().segment_bytes,
                             .created_at = {},
                             .partitions = std::vector<PartitionStart>(2),
                             .controls = {}};
  FrameBuilder frame;
  for (const auto& [part, is_control] : batches) {
    frame.add({.partition = part.partition,
               .record_count = part.record_count,
               .record_bytes = 0,
               .base_offset = Offset(0),
               .digest_after = is_control ? Digest() : part.digest,
               .is_control = is_control},
              part.records);
  }
  const auto bytes = frame.finish(header.generation, kHeaderBytes).bytes;
  auto content = encode_header(header);
  content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  content.resize(header.file_bytes);
  LogHarness log;
  EXPECT_TRUE(log.storage.create_directories(std::string(kLogDirectory)));
  log.storage.set_content(fmt::format("{}/{}", kLogDirectory, segment_name(1)), content);
  return verify(log).problems.size();
}

PartitionRecords control_part(std::uint32_t partition, std::string_view value) {
  PartitionRecords part{
      .partition = PartitionId(partition), .record_count = 1, .digest = {}, .records = {}};
  append_framed(control_record("clock", value), part.records);
  return part;
}

TEST(LogControlsTest, VerifyTellsAControlRecordThatIsNotWhatItMustBe) {
  const auto control = [](std::uint32_t partition, std::string_view value) {
    return std::pair(control_part(partition, value), true);
  };
  EXPECT_EQ(problems_of_frame({control(0, "1"), control(1, "1")}), 0U);
  EXPECT_EQ(problems_of_frame({control(0, "1")}), 1U) << "not in every partition";
  EXPECT_EQ(problems_of_frame({control(0, "1"), {one_record(1, "a"), false}}), 1U) << "not alone";
  EXPECT_EQ(problems_of_frame({control(0, "1"), control(1, "2")}), 1U) << "not the same";
  EXPECT_GT(problems_of_frame({{one_record(0, "a"), true}, {one_record(1, "a"), true}}), 0U);
  EXPECT_GT(problems_of_frame({{control_part(0, "1"), false}, control(1, "1")}), 0U);
}

}  // namespace
}  // namespace hapax
