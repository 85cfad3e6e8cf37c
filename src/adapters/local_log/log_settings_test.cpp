// SPDX-License-Identifier: Apache-2.0
// Settings that change between two starts (row 50).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/verify.hpp"

namespace hapax {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

/// Every setting that may change, with values at both ends, alone and together.
std::map<std::string, LocalLogSettings> variants() {
  std::map<std::string, LocalLogSettings> variants;
  const auto add = [&variants](const std::string& name, auto change) {
    change(variants.emplace(name, small_log_settings()).first->second);
  };
  add("usual", [](auto&) {});
  add("small segments", [](auto& s) { s.segment_bytes = 8U << 10U; });
  add("large segments", [](auto& s) { s.segment_bytes = 64U << 10U; });
  add("large and much kept", [](auto& s) {
    s.segment_bytes = 64U << 10U;
    s.retention_bytes = 1U << 30U;
  });
  add("little kept", [](auto& s) { s.retention_bytes = 0; });
  add("much kept", [](auto& s) { s.retention_bytes = 1U << 30U; });
  add("nothing old kept", [](auto& s) { s.retention_age = std::chrono::milliseconds(0); });
  add("no spares kept", [](auto& s) { s.spares_max = 0; });
  add("many spares kept", [](auto& s) { s.spares_max = 9; });
  add("small groups", [](auto& s) {
    s.group_bytes_max = 1;
    s.queue_bytes_limit = 1;
    s.append_bytes_limit = 10'000;
  });
  return variants;
}

std::uint64_t segment_file_bytes(LogHarness& log) {
  std::uint64_t bytes = 0;
  for (const auto& segment : log.core->catalog().snapshot().segments) {
    bytes += log.storage.content(segment.path).size();
  }
  return bytes;
}

/// A log that goes on under one settings after the other.
class ChangingLog {
 public:
  /// Appends through a few segments, lets retention and recycling work; checks what is kept.
  void live(const LocalLogSettings& settings, bool stop) {
    log_.settings = settings;
    const auto opened = log_.open();
    ASSERT_TRUE(opened) << opened.error().text();
    for (int i = 0; i < 12; ++i) {
      expected_.push_back(fmt::format("m{}", expected_.size()));
      ASSERT_TRUE(log_.commit_one(expected_.back(), 1800));
      if (i % 5 == 4) {
        retain(settings);
      }
      ASSERT_TRUE(log_.core->files().prepare());
    }
    check();
    if (stop) {
      ASSERT_TRUE(log_.core->seal());
      ASSERT_TRUE(log_.core->note_end());
    }
  }

 private:
  /// Nothing goes that the settings keep.
  void retain(const LocalLogSettings& settings) {
    auto before = log_.core->catalog().snapshot().segments;
    auto bytes = segment_file_bytes(log_);
    EXPECT_EQ(log_.core->catalog().bytes(), bytes);
    ASSERT_TRUE(log_.retain());
    const auto kept = log_.core->catalog().snapshot().segments.size();
    for (; before.size() > kept; before.pop_front()) {
      EXPECT_TRUE(bytes > settings.retention_bytes || settings.retention_age.count() == 0);
      bytes -= before.front().bytes;
    }
    EXPECT_TRUE(bytes <= settings.retention_bytes || kept == 1);
  }

  void check() {
    const auto ids = log_.ids();
    ASSERT_LE(ids.size(), expected_.size());
    EXPECT_TRUE(std::equal(ids.rbegin(), ids.rend(), expected_.rbegin()));
    for (const auto& segment : log_.core->catalog().snapshot().segments) {
      EXPECT_EQ(segment.header.file_bytes, log_.storage.content(segment.path).size());
    }
    const auto report = verify_all(log_.storage).value();
    EXPECT_THAT(report.problems, IsEmpty()) << report.problems.front().text();
  }

  LogHarness log_;
  std::vector<std::string> expected_;
};

TEST(LogSettingsTest, EverySettingButThePartitionsMayChangeAtEveryStart) {
  for (const auto& [name, settings] : variants()) {
    for (const auto& [other_name, other] : variants()) {
      for (const bool stop : {true, false}) {
        SCOPED_TRACE(fmt::format("{}, {}, again; stopped: {}", name, other_name, stop));
        ChangingLog log;
        for (const auto* with : {&settings, &other, &settings, &other}) {
          log.live(*with, stop);
        }
        if (HasFailure()) {
          return;
        }
      }
    }
  }
}

TEST(LogSettingsTest, RetentionCountsTheFilesAsTheyAre) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 20U;
  ASSERT_TRUE(log.open());
  while (log.core->catalog().snapshot().segments.size() < 6) {
    ASSERT_TRUE(log.commit_one("m", 2000));
  }
  log.settings.segment_bytes = 256U << 10U;  // Six of these would be too many bytes.
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.retain());
  EXPECT_THAT(log.core->catalog().snapshot().segments, SizeIs(6));
  log.settings.segment_bytes = 8U << 10U;  // And of these few enough.
  log.settings.retention_bytes = 6 * log.settings.segment_bytes;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.retain());
  EXPECT_THAT(log.core->catalog().snapshot().segments, SizeIs(3));
}

TEST(LogSettingsTest, ASmallFileIsNoSpareOfALogOfLargerOnes) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  while (log.core->catalog().snapshot().segments.size() < 6) {
    ASSERT_TRUE(log.commit_one("m", 2000));
  }
  log.settings.segment_bytes = 64U << 10U;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.retain());
  EXPECT_EQ(log.core->files().recycled_count(), 0U);
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log.commit_one("m", 2000));
  }
  ASSERT_TRUE(log.core->seal());
  const auto opened = log.open();
  EXPECT_TRUE(opened) << opened.error().text();
}

TEST(LogSettingsTest, AnAppendLargerThanASegmentCountsWithItsBytes) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_one("huge", 5 * log.settings.segment_bytes));
  ASSERT_TRUE(log.commit_one("next"));
  const auto bytes = log.core->catalog().bytes();
  EXPECT_GE(bytes, segment_file_bytes(log));
  EXPECT_LE(bytes, segment_file_bytes(log) + log_format::kPageBytes);
}

}  // namespace
}  // namespace hapax
