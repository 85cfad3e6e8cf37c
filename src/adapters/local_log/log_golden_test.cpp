// SPDX-License-Identifier: Apache-2.0
// Log folders of the formats that were in use, as they were written then (reliability T19).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "adapters/local_log/golden_folder.hpp"
#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/verify.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LogGoldenTest, VersionOneIsRefusedWithWhatWroteItAndWhatToDo) {
  LogHarness log;
  copy_golden("log_v1", log);
  log.settings.partition_count = 2;
  const auto before = log.storage.image().contents;
  const auto opened = log.open();
  const auto verified = verify_all(log.storage);
  for (const auto& error : {opened.error(), verified.error()}) {
    EXPECT_EQ(error.kind, ErrorKind::kInvalid);
    EXPECT_THAT(error.message, HasSubstr("00000000000000000001.seg"));
    EXPECT_THAT(error.message, HasSubstr("format version 1, which an older hapax wrote"));
    EXPECT_THAT(error.hint, HasSubstr("go on with the hapax that wrote it"));
  }
  EXPECT_EQ(log.storage.image().contents, before);
}

/// What the digests of log_v2 are made with, whatever the product's hash is.
Hash128 golden_hash(std::string_view source, std::string_view message_id) {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325;  // FNV-1a.
  for (const auto text : {source, std::string_view("/"), message_id}) {
    for (const char character : text) {
      hash = (hash ^ static_cast<unsigned char>(character)) * 0x100'0000'01B3;
    }
  }
  return {.low = hash, .high = ~hash};
}

LocalLogSettings golden_settings() {
  auto settings = small_log_settings();
  settings.partition_count = 2;
  settings.segment_bytes = 8192;
  settings.key_id = 7;
  return settings;
}

/// What is in log_v2.
std::vector<std::string> golden_ids() {
  return {"settings=window=7d",
          "settings=window=7d",
          "clock=accept 1",
          "clock=accept 1",
          "m0",
          "m0b",
          "m0bb",
          "m1",
          "m2",
          "m3",
          "m3b",
          "m3bb",
          "m4",
          "m5",
          "m6",
          "m6b",
          "m6bb",
          "m7",
          "m8",
          "settings=window=30d",
          "settings=window=30d",
          "m9",
          "m9b",
          "m9bb",
          "m10",
          "m11"};
}

TEST(LogGoldenTest, VersionTwoIsReadToTheRecordsThatWereWritten) {
  LogHarness log;
  copy_golden("log_v2", log);
  log.settings = golden_settings();
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(log.ids(), golden_ids());
  EXPECT_THAT(log.core->catalog().end_offsets(), ElementsAre(Offset(11), Offset(15)));
  const auto controls = log.core->catalog().controls();
  EXPECT_THAT(controls.at_start, IsEmpty());
  EXPECT_THAT(controls.at_end, ElementsAre(control_record("clock", "accept 1"),
                                           control_record("settings", "window=30d")));
  ASSERT_TRUE(log.commit_one("goes on"));
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids().back(), "goes on");
}

/// And in log_v3, which it became.
std::vector<std::string> golden_ids_of_version_three() {
  auto ids = golden_ids();
  for (int i = 0; i < 14; ++i) {
    ids.push_back(fmt::format("n{}", i));
    if (i == 5) {
      ids.insert(ids.end(), 2, "clock=accept 2");
    }
  }
  return ids;
}

TEST(LogGoldenTest, VersionThreeIsReadAlsoWhereItIsCompressed) {
  LogHarness log;
  copy_golden("log_v3", log);
  log.settings = golden_settings();
  const auto segments = list_segments(std::string(kLogDirectory), log.storage).value();
  EXPECT_GE(std::ranges::count_if(segments, is_twin, &SegmentPlace::path), 5);
  const auto report =
      verify_log(std::string(kLogDirectory), log.storage, {.id_hash = golden_hash}).value();
  EXPECT_THAT(report.problems, IsEmpty()) << report.problems.front().text();
  EXPECT_EQ(report.segments, segments.size());
  EXPECT_EQ(report.records, golden_ids_of_version_three().size());
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(log.ids(), golden_ids_of_version_three());
  EXPECT_THAT(
      log.core->catalog().controls().at_end,
      ElementsAre(control_record("clock", "accept 2"), control_record("settings", "window=30d")));
  ASSERT_TRUE(log.commit_one("goes on"));
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids().back(), "goes on");
}

TEST(LogGoldenTest, VersionTwoVerifies) {
  LogHarness log;
  copy_golden("log_v2", log);
  const auto report =
      verify_log(std::string(kLogDirectory), log.storage, {.id_hash = golden_hash}).value();
  EXPECT_THAT(report.problems, IsEmpty()) << report.problems.front().text();
  EXPECT_EQ(report.segments, 3U);
  EXPECT_EQ(report.records, 26U);
  EXPECT_EQ(report.dead_letters, 1U);
  EXPECT_EQ(report.controls, 6U);
  EXPECT_EQ(report.partitions.at(1).end, Offset(15));
}

TEST(LogGoldenTest, VersionTwoIsOpenedWithItsKeyAlone) {
  LogHarness log;
  copy_golden("log_v2", log);
  log.settings = golden_settings();
  log.settings.key_id = 0;
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("made with key 0000000000000007"));
}

}  // namespace
}  // namespace hapax
