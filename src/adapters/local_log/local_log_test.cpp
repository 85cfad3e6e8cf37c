// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/local_log.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>

#include "adapters/local_log/log_test_support.hpp"
#include "testing/recorded_histogram.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

/// Holds the disk at a sync until the test lets it go on.
class Gate {
 public:
  std::optional<Error> pass(std::optional<Error> outcome) {
    reached_.set_value();
    go_.get_future().wait();
    return outcome;
  }
  void wait_until_reached() { reached_.get_future().wait(); }
  void open() { go_.set_value(); }

 private:
  std::promise<void> reached_;
  std::promise<void> go_;
};

struct LocalLogHarness {
  explicit LocalLogHarness(LocalLogSettings with = small_log_settings()) : settings(with) {
    open();
  }

  void open() {
    log.reset();
    log =
        LocalLog::open(settings, storage, clock, random, {.group_records = group_records}).value();
  }
  /// Appends one record for partition 0; the future has what `done` is told, or the refusal.
  std::future<Result<Receipt>> append(const std::string& id, std::size_t bytes = 10) {
    const auto told = std::make_shared<std::promise<Result<Receipt>>>();
    auto future = told->get_future();
    const auto queued = log->append({one_record(0, id, bytes)}, [told](Result<Receipt> receipt) {
      told->set_value(std::move(receipt));
    });
    if (!queued) {
      told->set_value(queued.error());
    }
    return future;
  }
  /// All that is there, in the name of one reader.
  void release() { log->release(log->subscribe({.name = "reader"}), ends_of(log->end_offsets())); }
  std::vector<std::string> ids() {
    std::vector<Offset> start;
    for (const auto& partition : log->starts()) {
      start.push_back(partition.offset);
    }
    const auto reader = log->read(ends_of(start)).value();
    std::vector<std::string> ids;
    for (auto batches = reader->poll(1).value(); !batches.empty();
         batches = reader->poll(1).value()) {
      add_message_ids(batches, ids);
    }
    return ids;
  }
  /// The next sync of a group waits at `gate` and ends with `outcome`.
  void hold_next_sync(Gate& gate, std::optional<Error> outcome) {
    const auto held = std::make_shared<std::atomic_flag>();
    storage.before_op([&gate, outcome, held](const DiskOp& op) -> std::optional<Error> {
      const bool is_group = op.kind == DiskOp::Kind::kSync && op.path.ends_with(".seg");
      return is_group && !held->test_and_set() ? gate.pass(outcome) : std::nullopt;
    });
  }

  LocalLogSettings settings;
  CrashStorage storage;
  StillClock clock;
  SeededRandom random{1};
  RecordedHistogram group_records;
  std::unique_ptr<LocalLog> log;
};

TEST(LocalLogTest, AcknowledgesAfterTheSyncAndShowsNothingBefore) {  // Row 19.
  LocalLogHarness log;
  Gate gate;
  log.hold_next_sync(gate, std::nullopt);
  auto told = log.append("a");
  gate.wait_until_reached();
  EXPECT_NE(told.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(log.log->end_offsets()[0], Offset(0));
  EXPECT_TRUE(log.ids().empty());
  gate.open();
  EXPECT_TRUE(told.get());
  EXPECT_EQ(log.log->end_offsets()[0], Offset(1));
}

TEST(LocalLogTest, AppendsThatWaitDuringASyncShareTheNextOne) {
  LocalLogHarness log;
  Gate gate;
  log.hold_next_sync(gate, std::nullopt);
  std::vector<std::future<Result<Receipt>>> told;
  told.push_back(log.append("first"));
  gate.wait_until_reached();
  for (int i = 0; i < 20; ++i) {
    told.push_back(log.append(fmt::format("m{}", i)));
  }
  gate.open();
  for (auto& one : told) {
    EXPECT_TRUE(one.get());
  }
  EXPECT_EQ(log.log->stats().groups, 2U);
}

TEST(LocalLogTest, MeasuresEachGroupOnceAndNoneThatFailed) {
  LocalLogHarness log;
  Gate gate;
  log.hold_next_sync(gate, std::nullopt);
  auto first = log.append("first");
  gate.wait_until_reached();
  auto second = log.append("second");
  auto third = log.append("third");
  gate.open();
  ASSERT_TRUE(second.get() && third.get());
  log.storage.before_op([](const DiskOp& op) -> std::optional<Error> {
    return op.kind == DiskOp::Kind::kSync
               ? std::optional(Error{.kind = ErrorKind::kUnavailable, .message = "bad disk"})
               : std::nullopt;
  });
  ASSERT_FALSE(log.append("fourth").get());
  EXPECT_THAT(log.group_records.values(), testing::ElementsAre(1, 2));
}

TEST(LocalLogTest, AControlRecordKeepsItsPlaceAmongAppendsAndSharesNoBatch) {
  LocalLogHarness log;
  Gate gate;
  log.hold_next_sync(gate, std::nullopt);
  std::vector<std::future<Result<Receipt>>> told;
  told.push_back(log.append("first"));
  gate.wait_until_reached();
  told.push_back(log.append("before"));
  std::promise<Result<Receipt>> control;
  ASSERT_TRUE(log.log->append_control(control_record("clock", "1"), [&](Result<Receipt> receipt) {
    control.set_value(std::move(receipt));
  }));
  told.push_back(log.append("after"));
  gate.open();
  for (auto& one : told) {
    EXPECT_TRUE(one.get());
  }
  EXPECT_THAT(control.get_future().get().value().ends, testing::SizeIs(3));
  EXPECT_THAT(log.ids(),
              testing::ElementsAre("first", "before", "clock=1", "clock=1", "clock=1", "after"));
}

TEST(LocalLogTest, ARefusedControlRecordClosesNothing) {
  LocalLogHarness log;
  std::promise<Result<Receipt>> told;
  ASSERT_TRUE(log.log->append_control(
      "no record", [&](Result<Receipt> receipt) { told.set_value(std::move(receipt)); }));
  EXPECT_EQ(told.get_future().get().error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(log.log->status().writable);
  EXPECT_TRUE(log.append("after").get());
}

TEST(LocalLogTest, AFailedGroupFailsTheGroupThatWaitsBehindItToo) {  // Row 45.
  LocalLogHarness log;
  ASSERT_TRUE(log.append("before").get());
  Gate gate;
  log.hold_next_sync(gate, Error{.kind = ErrorKind::kUnavailable, .message = "bad disk"});
  auto first = log.append("first");
  gate.wait_until_reached();
  auto second = log.append("second");  // Queued while the first group is in its sync.
  gate.open();
  for (auto* told : {&first, &second}) {
    const auto answer = told->get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
    EXPECT_THAT(answer.error().message, HasSubstr("bad disk"));
  }
  EXPECT_FALSE(log.log->status().writable);
  EXPECT_THAT(log.log->status().reason, HasSubstr("bad disk"));
  EXPECT_FALSE(log.append("third").get());
}

TEST(LocalLogTest, AFullQueueRefusesBeforeItTakesResponsibility) {
  auto settings = small_log_settings();
  settings.queue_bytes_limit = 4000;
  LocalLogHarness log(settings);
  Gate gate;
  log.hold_next_sync(gate, std::nullopt);
  auto first = log.append("first");
  gate.wait_until_reached();
  std::vector<std::future<Result<Receipt>>> told;
  for (int i = 0; i < 10; ++i) {
    told.push_back(log.append(fmt::format("m{}", i), 1000));
  }
  gate.open();
  std::size_t accepted = 0;
  for (auto& one : told) {
    const auto answer = one.get();
    accepted += answer ? 1 : 0;
    EXPECT_TRUE(answer || answer.error().kind == ErrorKind::kExhausted);
  }
  EXPECT_EQ(accepted, 3U);
  EXPECT_EQ(log.log->stats().refused_appends, 7U);
  EXPECT_EQ(log.ids().size(), 4U);
}

TEST(LocalLogTest, CloseCommitsWhatIsQueuedAndRefusesTheRest) {  // Row 42.
  LocalLogHarness log;
  Gate gate;
  log.hold_next_sync(gate, std::nullopt);
  std::vector<std::future<Result<Receipt>>> told;
  told.push_back(log.append("m"));
  gate.wait_until_reached();
  for (int i = 0; i < 5; ++i) {
    told.push_back(log.append(fmt::format("m{}", i)));
  }
  gate.open();
  log.log->close();
  for (auto& one : told) {
    EXPECT_TRUE(one.get());
  }
  EXPECT_EQ(log.append("late").get().error().kind, ErrorKind::kUnavailable);
  log.open();
  EXPECT_EQ(log.ids().size(), 6U);
}

TEST(LocalLogTest, AFullDiskIsNotWritableUntilThereIsSpaceAgain) {
  std::atomic<bool> full = true;  // Before the log, whose threads look at it.
  LocalLogHarness log;
  log.storage.before_op([&full](const DiskOp& op) -> std::optional<Error> {
    if (full && op.kind == DiskOp::Kind::kResize) {
      return Error{.kind = ErrorKind::kExhausted, .message = "no space left"};
    }
    return std::nullopt;
  });
  std::size_t accepted = 0;
  while (log.append(fmt::format("m{}", accepted), 3000).get()) {
    ++accepted;
  }
  EXPECT_FALSE(log.log->status().writable);
  EXPECT_THAT(log.log->status().reason, HasSubstr("no space left"));
  full = false;
  while (!log.log->status().writable) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(log.append("after", 3000).get());
  EXPECT_EQ(log.ids().size(), accepted + 1);
}

TEST(LocalLogTest, AWriteThatFoundNoSpaceIsTriedUntilItDoes) {
  std::atomic<bool> full = true;  // Before the log, whose threads look at it.
  LocalLogHarness log;
  log.storage.before_op([&full](const DiskOp& op) -> std::optional<Error> {
    if (full && op.kind == DiskOp::Kind::kWrite) {
      return Error{.kind = ErrorKind::kExhausted, .message = "no space left"};
    }
    return std::nullopt;
  });
  EXPECT_EQ(log.append("refused").get().error().kind, ErrorKind::kExhausted);
  EXPECT_FALSE(log.log->status().writable);
  full = false;
  while (!log.log->status().writable) {
    std::this_thread::yield();  // Nobody appends: the log finds out by itself.
  }
  ASSERT_TRUE(log.append("after").get());
  EXPECT_EQ(log.ids(), std::vector<std::string>{"after"});
}

TEST(LocalLogTest, AnAppendAboveTheQueueLimitIsTakenWhenNothingElseWaits) {
  auto settings = small_log_settings();
  settings.queue_bytes_limit = 1000;
  LocalLogHarness log(settings);
  EXPECT_TRUE(log.append("large", 5000).get());
}

TEST(LocalLogTest, OldSegmentsGoWithoutTraffic) {
  auto settings = small_log_settings();
  settings.retention_bytes = 1U << 30U;
  settings.retention_interval = std::chrono::milliseconds(1);
  LocalLogHarness log(settings);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(log.append(fmt::format("m{}", i), 3000).get());
  }
  log.release();
  log.clock.advance(std::chrono::hours(2));
  while (log.log->stats().segments > 1) {
    std::this_thread::yield();
  }
}

TEST(LocalLogTest, TheDurableEndIsWrittenDownWhenTheLogRollsIsReleasedAndIsClosed) {
  LocalLogHarness log;
  const auto noted = [&log](std::uint64_t count) {
    const auto end = EndFile::read(log.settings.directory, log.storage).value();
    return end && end->offsets[0].value() >= count;
  };
  std::uint64_t written = 0;
  while (log.log->stats().rolls < 3) {
    ASSERT_TRUE(log.append(fmt::format("m{}", written++), 3000).get());
  }
  while (!noted(written)) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(log.append("released").get());
  log.release();
  while (!noted(written + 1)) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(log.append("closed").get());
  log.log->close();
  EXPECT_TRUE(noted(written + 2));
}

TEST(LocalLogTest, ADurableEndThatCannotBeWrittenDownIsTriedAgainAndStopsNothing) {
  std::atomic<bool> fails = true;  // Before the log, whose threads look at it.
  LocalLogHarness log;
  log.storage.before_op([&fails](const DiskOp& op) -> std::optional<Error> {
    if (fails && op.path.ends_with("/end")) {
      return Error{.kind = ErrorKind::kUnavailable, .message = "bad disk"};
    }
    return std::nullopt;
  });
  ASSERT_TRUE(log.append("a").get());
  log.release();
  while (log.log->stats().end_failures == 0) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(log.append("b").get());
  fails = false;
  while (!EndFile::read(log.settings.directory, log.storage).value()) {
    std::this_thread::yield();
  }
}

TEST(LocalLogTest, AnAppendAboveTheLimitIsRefused) {
  auto settings = small_log_settings();
  settings.append_bytes_limit = 1000;
  LocalLogHarness log(settings);
  EXPECT_EQ(log.append("big", 2000).get().error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(log.append("small").get());
}

TEST(LocalLogTest, TheStatisticsSayOfEachSubscriberWhatItHoldsAndLost) {
  LocalLogHarness log;
  log.log->subscribe({.name = "dead", .retained_bytes_limit = 4 * log.settings.segment_bytes});
  std::uint64_t written = 0;
  while (log.log->stats().rolls < 8) {
    ASSERT_TRUE(log.append(fmt::format("m{}", written++), 3000).get());
    log.release();
  }
  ASSERT_TRUE(log.append("followed up").get());
  const auto subscribers = log.log->stats().subscribers;
  ASSERT_THAT(subscribers, testing::SizeIs(2));
  const auto& dead = subscribers[0];
  const auto& reader = subscribers[1];
  const auto start = log.log->starts()[0].offset;
  EXPECT_GT(start, Offset(0));
  EXPECT_EQ(dead.name, "dead");
  EXPECT_EQ(dead.released[0], start);
  EXPECT_EQ(dead.lost_records, start.value());
  EXPECT_LE(dead.held_bytes, 4 * log.settings.segment_bytes);
  EXPECT_GE(dead.held_bytes, 3 * log.settings.segment_bytes);
  EXPECT_EQ(reader.released[0], Offset(written));
  EXPECT_EQ(reader.lost_records, 0U);
  EXPECT_EQ(reader.held_bytes, log.settings.segment_bytes);
}

TEST(LocalLogTest, ARequiredReaderThatStandsStillKeepsAll) {
  LocalLogHarness log;
  log.log->subscribe({.name = "required"});
  std::uint64_t written = 0;
  while (log.log->stats().rolls < 8) {
    ASSERT_TRUE(log.append(fmt::format("m{}", written++), 3000).get());
    log.release();
  }
  ASSERT_TRUE(log.append("followed up").get());
  EXPECT_EQ(log.log->starts()[0].offset, Offset(0));
  EXPECT_EQ(log.ids().size(), written + 1);
}

TEST(LocalLogTest, SegmentsAreRecycledOnceTheyAreReleased) {
  LocalLogHarness log;
  int written = 0;
  while (log.log->stats().recycled < 3) {
    ASSERT_TRUE(log.append(fmt::format("m{}", written++), 3000).get());
    log.release();
  }
  const auto ids = log.ids();
  ASSERT_FALSE(ids.empty());
  EXPECT_EQ(ids.back(), fmt::format("m{}", written - 1));
}

}  // namespace
}  // namespace hapax
