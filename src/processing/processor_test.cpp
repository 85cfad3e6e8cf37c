// SPDX-License-Identifier: Apache-2.0
#include "processing/processor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <new>
#include <optional>
#include <set>
#include <thread>

#include "core/mutex.hpp"
#include "record/clock_state.hpp"
#include "testing/processor_fixture.hpp"
#include "testing/recorded_histogram.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr PartitionId kFirst{0};

class ProcessorTest : public ProcessorFixture {};

TEST_F(ProcessorTest, AQueryAfterAReceiptSeesItsEvents) {
  start();
  for (int i = 1; i <= 50; ++i) {
    const std::string id = std::to_string(i);
    const Offset end = log_.add({shop_event(id, seconds(i)), shop_event(id, seconds(i))});
    EXPECT_EQ(counted(end), static_cast<std::uint64_t>(i));
  }
}

// It rests between two steps while the log grows; nobody asks.
TEST_F(ProcessorTest, WhateverTheClockDoesWhileItRestsItGoesOnSoon) {
  ProcessorSettings settings;
  settings.step_interval = std::chrono::hours(1);  // It never rests as long as that.
  start(settings);
  const auto expect_processed = [&](std::uint64_t records) {
    const auto end = std::chrono::steady_clock::now() + seconds(5);
    while (processor_->stats().records < records && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    EXPECT_EQ(processor_->stats().records, records);
  };
  log_.add({shop_event("a", seconds(0))});
  expect_processed(1);
  log_.add({shop_event("b", seconds(1))});
  expect_processed(2);
  clock_.set_gone(-std::chrono::hours(5));
  log_.add({shop_event("c", seconds(2))});
  expect_processed(3);
  clock_.sleep(std::chrono::hours(5));
  log_.add({shop_event("d", seconds(3))});
  expect_processed(4);
  clock_.set_gone(std::chrono::hours(5));
  EXPECT_EQ(counted(log_.add({shop_event("e", seconds(4))})), 5U);
}

TEST_F(ProcessorTest, MeasuresHowLongAnEventTookToBeCountedButNotInAReplay) {
  log_.add({shop_event("old", -seconds(60))});
  start();
  ASSERT_EQ(counted(Offset(1)), 1U);
  clock_.set_gone(seconds(3));
  ASSERT_EQ(counted(log_.add({shop_event("new", seconds(1))})), 2U);
  EXPECT_EQ(delays_.values(), std::vector{2.0});
}

TEST_F(ProcessorTest, MeasuresEveryCheckpoint) {
  ProcessorSettings settings;
  settings.checkpoint_interval = milliseconds(1);
  start(settings);
  store_.fail(Error{ErrorKind::kExhausted, "disk full"});
  log_.add({shop_event("a", seconds(0))});
  while (processor_->stats().checkpoints_failed == 0) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(checkpoints_.values().empty());
}

TEST_F(ProcessorTest, StoppingMakesACheckpointAndReleasesTheLog) {
  start();
  const Offset end = log_.add({shop_event("a", seconds(0))});
  ASSERT_EQ(counted(end), 1U);
  processor_->stop();
  EXPECT_EQ(log_.released(), (std::vector<Receipt::End>{{kFirst, end}}));
  EXPECT_EQ(processor_->stats().checkpoints, 1U);
  start();
  EXPECT_EQ(counted(end), 1U);
  EXPECT_EQ(processor_->stats().records, 0U);
}

TEST_F(ProcessorTest, ABaseThatFailsIsToldAndTriedAgainAndTheLogWaitsForIt) {
  ProcessorSettings settings;
  settings.checkpoint_interval = milliseconds(1);
  store_.fail_base(Error{ErrorKind::kExhausted, "disk full"});
  start(settings);
  const Offset end = log_.add({shop_event("a", seconds(0))});
  while (processor_->stats().bases_failed < 2) {
    std::this_thread::yield();
  }
  EXPECT_NE(processor_->stats().base_error.find("disk full"), std::string::npos);
  EXPECT_EQ(processor_->stats().checkpoints_failed, 0U);
  log_.retain();
  EXPECT_EQ(log_.starts()[0].offset, Offset(0));
  store_.fail_base(std::nullopt);
  while (processor_->stats().bases == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(processor_->stats().base_error, "");
  EXPECT_EQ(processor_->stats().base_records, 1U);
  log_.retain();
  EXPECT_EQ(log_.starts()[0].offset, end);
}

TEST_F(ProcessorTest, ABaseIsKeptThoughOneCheckpointFollowsAnother) {
  ProcessorSettings settings;
  settings.checkpoint_interval = milliseconds(0);
  settings.hot_ids_checkpoint = 0;  // One is always urgent.
  std::atomic<int> writes = 0;
  store_.before([&](std::string_view call) { writes += call == "write" ? 1 : 0; });
  start(settings);
  for (int i = 0; i < 100 && processor_->stats().bases == 0; ++i) {
    const int before = writes;
    log_.add({shop_event(std::to_string(i), seconds(0))});
    while (writes == before) {
      std::this_thread::yield();
    }
  }
  EXPECT_GT(processor_->stats().bases, 0U);
  store_.before({});
}

TEST_F(ProcessorTest, WhatWaitsAtTheStopAndWhatComesAfterItIsAnsweredClosed) {
  start();
  RowQuery query = all_of(views_.served.find("events_per_minute"));
  query.after = Receipt{ScriptedLog::kId, {{kFirst, Offset(1'000)}}};
  query.wait_max = seconds(3'600);
  std::promise<Result<RowAnswer>> waiting;
  reads_->rows(query, [&](Result<RowAnswer> got) { waiting.set_value(std::move(got)); });
  processor_->stop();
  EXPECT_EQ(waiting.get_future().get().error().kind, ErrorKind::kClosed);
  EXPECT_EQ(ask(std::nullopt).error().kind, ErrorKind::kClosed);
}

TEST_F(ProcessorTest, NamesAreThoseOfTheCountsThatWereBegunAnew) {
  ProcessorSettings settings;
  settings.new_names_per_day = 1;
  start(settings);
  EventView doubted = shop_event("a", seconds(0));
  doubted.clock_epoch = 1;
  log_.add({doubted});
  ASSERT_EQ(counted(Offset(1)), 1U);
  const auto admit = [&](std::string_view name) {
    return processor_->names().admit("shop", name, doubted.received_at);
  };
  EXPECT_TRUE(admit("Bought"));
  EXPECT_FALSE(admit("Sold"));

  ClockState corrected;
  corrected.number = 1;
  corrected.newest = ClockEpoch(1);
  corrected.corrections = {{.epoch = ClockEpoch(1), .shift = std::chrono::hours(1)}};
  ASSERT_TRUE(log_.append_control(control_record(kClockControl, encode_clock_state(corrected)),
                                  [](const Result<Receipt>&) {}));
  while (!ask(Offset(2))) {  // While all is counted anew, there is no answer.
  }
  EXPECT_TRUE(admit("Bought"));
  EXPECT_FALSE(admit("Sold"));
  EXPECT_EQ(processor_->names().stats().refused.at("shop").count, 1U) << "they are new ones";
}

TEST_F(ProcessorTest, ALogThatIsUnavailableForAWhileIsReadOnceItIsThereAgain) {
  log_.fail_polls(Error{ErrorKind::kUnavailable, "too many open files"});
  start();
  const Offset end = log_.add({shop_event("a", seconds(0))});
  while (processor_->stats().steps_interrupted < 2) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(processor_->stats().step_error.empty());
  log_.fail_polls(std::nullopt);
  EXPECT_EQ(counted(end), 1U);
  EXPECT_TRUE(processor_->stats().error.empty());
}

TEST_F(ProcessorTest, ACheckpointForWhichThereIsNoMemoryIsMadeLater) {
  ProcessorSettings settings;
  settings.checkpoint_interval = milliseconds(1);
  settings.checkpoint_retry = milliseconds(1);
  store_.before([](std::string_view call) {
    if (call == "write") {
      throw std::bad_alloc();
    }
  });
  start(settings);
  ASSERT_EQ(counted(log_.add({shop_event("a", seconds(0))})), 1U);
  while (processor_->stats().checkpoints_failed < 2) {
    std::this_thread::yield();
  }
  store_.before({});
  while (processor_->stats().checkpoints < 1) {
    std::this_thread::yield();
  }
}

TEST_F(ProcessorTest, AFailingCheckpointIsVisibleAndDoesNotStopCounting) {
  ProcessorSettings settings;
  settings.checkpoint_interval = milliseconds(1);
  settings.checkpoint_retry = milliseconds(1);
  store_.fail(Error{ErrorKind::kExhausted, "disk full"});
  start(settings);
  Offset end = log_.add({shop_event("a", seconds(0))});
  ASSERT_EQ(counted(end), 1U);
  while (processor_->stats().checkpoints_failed < 2) {
    end = log_.add({shop_event("a", seconds(0))});
    ASSERT_EQ(counted(end), 1U);
  }
  EXPECT_FALSE(processor_->stats().checkpoint_error.empty());
  store_.fail(std::nullopt);
  while (processor_->stats().checkpoints < 2) {
    end = log_.add({shop_event("a", seconds(0))});
    ASSERT_EQ(counted(end), 1U);
  }
  EXPECT_TRUE(processor_->stats().checkpoint_error.empty());
}

TEST_F(ProcessorTest, FullMemoryWaitsForACheckpointAndThenGoesOn) {
  ProcessorSettings settings = small_settings();
  settings.hot_ids_checkpoint = 10;
  settings.hot_ids_limit = 20;
  settings.checkpoint_retry = milliseconds(1);
  store_.fail(Error{ErrorKind::kExhausted, "disk full"});
  start(settings);
  Offset end;
  for (int i = 0; i < 100; ++i) {
    end = log_.add({shop_event(std::to_string(i), seconds(0))});
  }
  while (!processor_->stats().waiting_for_checkpoint) {
    std::this_thread::yield();
  }
  EXPECT_LT(processor_->stats().records, 100U);
  store_.fail(std::nullopt);
  EXPECT_EQ(counted(end), 100U);
}

TEST_F(ProcessorTest, AuditIsOneConsistentCut) {
  start();
  ASSERT_EQ(counted(log_.add({shop_event("a", seconds(0)), shop_event("a", seconds(0))})), 1U);
  std::promise<Result<AuditReport>> promise;
  processor_->audit([&](Result<AuditReport> got) { promise.set_value(std::move(got)); });
  const AuditReport report = promise.get_future().get().value();
  ASSERT_EQ(report.sources.size(), 1U);
  EXPECT_EQ(report.sources[0].duplicate, 1U);
  EXPECT_EQ(report.partitions[0].processed, Offset(2));
}

}  // namespace
}  // namespace hapax
