// SPDX-License-Identifier: Apache-2.0
// A disk that fails: syncs, writes, space (reliability T3, T5).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Makes the n-th operation of a kind fail, once.
class FailNth {
 public:
  FailNth(DiskOp::Kind kind, int n, ErrorKind error) : kind_(kind), left_(n), error_(error) {}

  CrashStorage::BeforeOp hook() {
    return [this](const DiskOp& op) -> std::optional<Error> {
      if (op.kind != kind_ || left_ == 0 || --left_ > 0) {
        return std::nullopt;
      }
      return Error{.kind = error_, .message = "failed on purpose: " + op.path};
    };
  }
  bool happened() const { return left_ == 0; }

 private:
  const DiskOp::Kind kind_;
  int left_;
  const ErrorKind error_;
};

TEST(LogFaultTest, AfterAFailedSyncNothingOfTheGroupIsAcknowledgedAndTheLogIsClosed) {  // Row 17.
  LogHarness log;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_one("a"));
  FailNth fault(DiskOp::Kind::kSync, 1, ErrorKind::kUnavailable);
  log.storage.before_op(fault.hook());
  const auto visible = log.core->catalog().end_offsets();
  const auto failed = log.commit_one("b");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(log.core->catalog().end_offsets(), visible);
  // The next sync would succeed, and mean nothing.
  const auto ops = log.storage.trace().size();
  EXPECT_EQ(log.commit_one("c").error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(log.core->seal());
  EXPECT_EQ(log.storage.trace().size(), ops);
}

TEST(LogFaultTest, AFullDiskAtASyncClosesTheLogToo) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  FailNth fault(DiskOp::Kind::kSync, 1, ErrorKind::kExhausted);
  log.storage.before_op(fault.hook());
  EXPECT_EQ(log.commit_one("a").error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(log.commit_one("b").error().kind, ErrorKind::kUnavailable);
}

/// Runs appends until one fails or `steps` are done; the ids acknowledged.
std::vector<std::string> append_until_failure(LogHarness& log, int steps) {
  std::vector<std::string> acknowledged;
  for (int i = 0; i < steps; ++i) {
    const auto id = fmt::format("m{}", i);
    if (!log.commit_one(id, 1500)) {
      break;
    }
    acknowledged.push_back(id);
    EXPECT_TRUE(i % 5 != 4 || log.retain(std::vector<Offset>(3))) << "keeps all";
  }
  return acknowledged;
}

/// `ids` begin with all of `acknowledged`, and hold at most one more: the one in doubt.
void expect_acknowledged(const std::vector<std::string>& ids,
                         const std::vector<std::string>& acknowledged) {
  ASSERT_GE(ids.size(), acknowledged.size());
  EXPECT_LE(ids.size(), acknowledged.size() + 1);
  EXPECT_TRUE(std::equal(acknowledged.begin(), acknowledged.end(), ids.begin()));
}

// The page cache goes on to show what a failed sync did not write, marked clean: a log that trusts
// what it reads there, and acknowledges on top of it, loses it with the power (fsyncgate).
TEST(LogFaultTest, WhicheverSyncFailsNothingAcknowledgedIsLostAfterARestartAndAPowerFailure) {
  constexpr int kSteps = 30;
  bool happened = true;
  for (int n = 1; happened; ++n) {
    SCOPED_TRACE(n);
    LogHarness log({}, n);
    ASSERT_TRUE(log.open());
    FailNth fault(DiskOp::Kind::kSync, n, ErrorKind::kUnavailable);
    log.storage.before_op(fault.hook());
    auto acknowledged = append_until_failure(log, kSteps);
    happened = fault.happened();
    log.storage.before_op({});
    ASSERT_TRUE(log.open());
    expect_acknowledged(log.ids(), acknowledged);
    acknowledged = log.ids();  // Shown to readers: it must stay.
    ASSERT_TRUE(log.commit_one("after"));
    acknowledged.emplace_back("after");
    for (int round = 0; round < 10; ++round) {
      LogHarness after_power_failure(log.storage.crash(log.storage.trace().size(), log.random));
      const auto opened = after_power_failure.open();
      ASSERT_TRUE(opened) << opened.error().text();
      EXPECT_EQ(after_power_failure.ids(), acknowledged);
    }
  }
}

TEST(LogFaultTest, AShortWriteOnAFullDiskKeepsNothingAndTheNextAppendGoesInItsPlace) {  // Row 18.
  constexpr int kSteps = 30;
  bool happened = true;
  for (int n = 1; happened; ++n) {
    SCOPED_TRACE(n);
    LogHarness log({}, n);
    ASSERT_TRUE(log.open());
    FailNth fault(DiskOp::Kind::kWrite, n, ErrorKind::kExhausted);
    log.storage.before_op(fault.hook());
    std::vector<std::string> acknowledged;
    for (int i = 0; i < kSteps; ++i) {
      const auto id = fmt::format("m{}", i);
      const auto committed = log.commit_one(id, 1500);
      if (committed) {
        acknowledged.push_back(id);
      } else {
        EXPECT_EQ(committed.error().kind, ErrorKind::kExhausted) << committed.error().text();
      }
    }
    happened = fault.happened();
    log.storage.before_op({});
    EXPECT_GE(acknowledged.size(), kSteps - 1U);
    ASSERT_TRUE(log.commit_one("after"));  // Shorter than what failed.
    acknowledged.emplace_back("after");
    EXPECT_EQ(log.ids(), acknowledged);
    ASSERT_TRUE(log.open());
    EXPECT_EQ(log.ids(), acknowledged);
  }
}

TEST(LogFaultTest, AWriteErrorClosesTheLogAndLosesNothing) {
  constexpr int kSteps = 30;
  bool happened = true;
  for (int n = 1; happened; ++n) {
    SCOPED_TRACE(n);
    LogHarness log({}, n);
    ASSERT_TRUE(log.open());
    FailNth fault(DiskOp::Kind::kWrite, n, ErrorKind::kUnavailable);
    log.storage.before_op(fault.hook());
    const auto acknowledged = append_until_failure(log, kSteps);
    happened = fault.happened();
    log.storage.before_op({});
    ASSERT_TRUE(log.open());
    expect_acknowledged(log.ids(), acknowledged);
  }
}

TEST(LogFaultTest, NoSpaceForTheNextSegmentIsSaidAndPassesWhenThereIsSpace) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  bool full = true;
  log.storage.before_op([&full](const DiskOp& op) -> std::optional<Error> {
    if (full && op.kind == DiskOp::Kind::kResize) {
      return Error{.kind = ErrorKind::kExhausted, .message = "no space left: " + op.path};
    }
    return std::nullopt;
  });
  auto acknowledged = append_until_failure(log, 100);
  ASSERT_LT(acknowledged.size(), 100U);
  const auto failed = log.commit_one("refused", 1500);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kExhausted);
  EXPECT_THAT(failed.error().message, HasSubstr("no space left"));
  EXPECT_EQ(log.ids(), acknowledged);
  full = false;
  ASSERT_TRUE(log.commit_one("accepted", 1500));
  acknowledged.emplace_back("accepted");
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids(), acknowledged);
}

TEST(LogFaultTest, AfterAnAppendThatFoundNoSpaceASealWritesAlsoBehindASeal) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.core->seal());
  FailNth fault(DiskOp::Kind::kWrite, 1, ErrorKind::kExhausted);
  log.storage.before_op(fault.hook());
  EXPECT_FALSE(log.commit_one("a"));
  const auto ops = log.storage.trace().size();
  EXPECT_TRUE(log.core->seal());  // How the log finds out whether there is space again.
  EXPECT_GT(log.storage.trace().size(), ops);
}

TEST(LogFaultTest, AFailedStartLeavesALogThatOpensLater) {
  for (const auto kind :
       {DiskOp::Kind::kLink, DiskOp::Kind::kResize, DiskOp::Kind::kWrite, DiskOp::Kind::kSync,
        DiskOp::Kind::kRename, DiskOp::Kind::kSyncDirectory}) {
    SCOPED_TRACE(static_cast<int>(kind));
    LogHarness log;
    FailNth fault(kind, 1, ErrorKind::kExhausted);
    log.storage.before_op(fault.hook());
    const auto opened = log.open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("failed on purpose"));
    ASSERT_TRUE(log.open());
    EXPECT_THAT(log.ids(), IsEmpty());
    ASSERT_TRUE(log.commit_one("a"));
    EXPECT_THAT(log.ids(), ElementsAre("a"));
  }
}

}  // namespace
}  // namespace hapax
