// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <future>

#include "adapters/local_log/local_log.hpp"
#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

/// The status of a log after an append on a disk whose every `kind` of call ends with `error`.
LogStatus status_after(DiskOp::Kind kind, const Error& error) {
  CrashStorage storage;
  StillClock clock;
  SeededRandom random{1};
  const auto log = LocalLog::open(small_log_settings(), storage, clock, random).value();
  storage.before_op([&](const DiskOp& op) {
    return op.kind == kind && !op.path.ends_with(".tmp") ? std::optional(error) : std::nullopt;
  });
  std::promise<void> told;
  log->append({one_record(0, "a", 10)}, [&](const Result<Receipt>&) { told.set_value(); })
      .permit_unchecked_error();
  told.get_future().wait();
  return log->status();
}

TEST(LogStatusTest, OnlyAFailureOtherThanAFullDiskIsForGood) {
  const auto failed = status_after(DiskOp::Kind::kSync, {ErrorKind::kUnavailable, "bad disk"});
  EXPECT_FALSE(failed.writable);
  EXPECT_TRUE(failed.closed);
  const auto full = status_after(DiskOp::Kind::kWrite, {ErrorKind::kExhausted, "no space left"});
  EXPECT_FALSE(full.writable);
  EXPECT_FALSE(full.closed);
}

}  // namespace
}  // namespace hapax
