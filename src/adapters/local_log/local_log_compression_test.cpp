// SPDX-License-Identifier: Apache-2.0
// The thread that compresses, beside those that append and read.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "adapters/local_log/local_log.hpp"
#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct CompressingLog {
  CompressingLog() {
    settings.compress = true;
    settings.compress_interval = std::chrono::milliseconds(1);
    settings.retention_bytes = 1U << 30U;
    open();
  }

  void open() {
    log.reset();
    log = LocalLog::open(settings, storage, clock, random).value();
  }
  /// Waits for the acknowledgement.
  void append(std::size_t bytes = 2000) {
    std::promise<bool> told;
    ids.push_back(fmt::format("m{}", ids.size()));
    EXPECT_TRUE(log->append({one_record(0, ids.back(), bytes)},
                            [&told](const auto& receipt) { told.set_value(receipt.has_value()); }));
    EXPECT_TRUE(told.get_future().get());
  }
  std::vector<std::string> read() {
    const auto reader = log->read(ends_of(std::vector<Offset>(3))).value();
    std::vector<std::string> read;
    for (auto batches = reader->poll(1).value(); !batches.empty();
         batches = reader->poll(1).value()) {
      add_message_ids(batches, read);
    }
    return read;
  }
  void wait_until_compressed(std::uint64_t segments) const {
    while (log->stats().compression.segments < segments) {
      std::this_thread::yield();
    }
  }

  LocalLogSettings settings = small_log_settings();
  CrashStorage storage;
  StillClock clock;
  SeededRandom random{1};
  std::vector<std::string> ids;
  std::unique_ptr<LocalLog> log;
};

TEST(LocalLogCompressionTest, AppendsReadersAndItWorkBesideEachOther) {
  CompressingLog log;
  for (int i = 0; i < 100; ++i) {
    log.append();
    if (i % 10 == 0) {
      EXPECT_EQ(log.read(), log.ids);
    }
  }
  log.wait_until_compressed(5);
  EXPECT_EQ(log.read(), log.ids);
  const auto stats = log.log->stats();
  EXPECT_LT(stats.compression.twin_bytes, stats.compression.raw_bytes / 2);
  EXPECT_EQ(stats.compression.failures, 0U);
  log.open();
  EXPECT_EQ(log.read(), log.ids);
  log.log.reset();
  EXPECT_THAT(verify_all(log.storage)->problems, IsEmpty());
}

TEST(LocalLogCompressionTest, NobodyWaitsForACompressionThatStandsStill) {
  std::promise<void> reached;
  std::promise<void> go_on;
  std::atomic_flag held;
  CompressingLog log;  // Its threads use what is above until it is closed.
  log.storage.before_op([&](const DiskOp& op) -> std::optional<Error> {
    if (op.kind == DiskOp::Kind::kSync && op.path.ends_with(".tmp") &&
        op.path.find("compressing") != std::string::npos && !held.test_and_set()) {
      reached.set_value();
      go_on.get_future().wait();
    }
    return std::nullopt;
  });
  while (!held.test()) {
    log.append();
  }
  reached.get_future().wait();
  for (int i = 0; i < 50; ++i) {  // Through many a roll.
    log.append();
  }
  EXPECT_EQ(log.read(), log.ids);
  EXPECT_EQ(log.log->stats().compression.segments, 0U);
  go_on.set_value();
  log.wait_until_compressed(5);
  EXPECT_EQ(log.read(), log.ids);
}

TEST(LocalLogCompressionTest, AFailureIsCountedAndTheOthersGoOn) {
  std::atomic_flag failed;
  CompressingLog log;  // Its threads use what is above until it is closed.
  log.storage.before_op([&](const DiskOp& op) -> std::optional<Error> {
    const bool fails = op.kind == DiskOp::Kind::kWrite && op.path.ends_with("compressing.tmp") &&
                       !failed.test_and_set();
    return fails ? std::optional(Error{.kind = ErrorKind::kUnavailable, .message = "bad disk"})
                 : std::nullopt;
  });
  for (int i = 0; i < 60; ++i) {
    log.append();
  }
  log.wait_until_compressed(3);
  EXPECT_EQ(log.log->stats().compression.failures, 1U);
  EXPECT_THAT(log.log->compression().error, HasSubstr("bad disk"));
  EXPECT_TRUE(log.log->status().writable);
  EXPECT_EQ(log.read(), log.ids);
}

}  // namespace
}  // namespace hapax
