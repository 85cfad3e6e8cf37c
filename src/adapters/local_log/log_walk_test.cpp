// Tools that read a log while a server writes it.
#include "adapters/local_log/log_walk.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/verify.hpp"

namespace hapax {
namespace {

using testing::IsEmpty;

std::vector<std::string> walk_to_end(LogWalk& walk) {
  std::vector<std::string> ids;
  for (auto batches = walk.next().value(); batches; batches = walk.next().value()) {
    add_message_ids(*batches, ids);
  }
  return ids;
}

TEST(LogWalkTest, ReadsOnWhileTheLogGrows) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  ASSERT_TRUE(log.open());
  const auto walk = LogWalk::open(std::string(kLogDirectory), log.storage).value();
  std::vector<std::string> expected;
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) {
    expected.push_back(fmt::format("m{}", i));
    ASSERT_TRUE(log.commit_one(expected.back(), 2000));
    for (auto& id : walk_to_end(*walk)) {
      ids.push_back(std::move(id));
    }
  }
  EXPECT_EQ(ids, expected);
}

TEST(LogWalkTest, GoesOnWithWhatIsLeftWhenItsSegmentIsRetiredAndUsedAgain) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  int written = 0;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(log.commit_one(fmt::format("m{}", written++), 2000));
      ASSERT_TRUE(log.core->retain(log.core->catalog().end_offsets()));
    }
  };
  write(3);
  const auto walk = LogWalk::open(std::string(kLogDirectory), log.storage).value();
  ASSERT_TRUE(walk->next());
  write(60);
  ASSERT_GT(log.core->files().recycled_count(), 3U);
  const auto ids = walk_to_end(*walk);
  EXPECT_EQ(ids.back(), fmt::format("m{}", written - 1));
}

TEST(VerifyTest, RetentionUnderTheReaderIsNoDamage) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  int written = 0;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(log.commit_one(fmt::format("m{}", written++), 2000));
      ASSERT_TRUE(log.core->retain(log.core->catalog().end_offsets()));
    }
  };
  write(30);
  int segments = 0;
  const auto report = verify_log(std::string(kLogDirectory), log.storage, [&](const auto&) {
    if (++segments == 2) {
      write(60);
    }
  });
  ASSERT_TRUE(report);
  EXPECT_THAT(report->problems, IsEmpty()) << report->problems.front().text();
}

TEST(VerifyTest, CountsWhatIsThere) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  ASSERT_TRUE(log.open());
  Digest digest;
  for (int i = 0; i < 40; ++i) {
    const auto record = one_record(1, fmt::format("m{}", i), 2000);
    digest.add(record.digest);
    ASSERT_TRUE(log.commit({record}));
  }
  const auto report =
      verify_log(std::string(kLogDirectory), log.storage, [](const auto&) {}).value();
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(report.records, 40U);
  EXPECT_EQ(report.partitions.at(1).end, Offset(40));
  EXPECT_EQ(report.partitions.at(1).digest, digest);
}

}  // namespace
}  // namespace hapax
