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

TEST_F(ProcessorTest, AReceiptThatDoesNotComeEndsTheWaitAndSaysHowFarTheViewIs) {
  start();
  const Offset end = log_.add({shop_event("a", seconds(0))});
  ASSERT_EQ(counted(end), 1U);
  const auto answer = ask(advance(end, 1), milliseconds(5));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTimedOut);
  EXPECT_NE(answer.error().message.find("0:1"), std::string::npos) << answer.error().message;
}

TEST_F(ProcessorTest, AReceiptOfAnUnknownPartitionIsRefusedAtOnce) {
  start();
  ViewQuery query;
  query.after = Receipt{{{PartitionId(9), Offset(0)}}};
  std::promise<Result<ViewAnswer>> promise;
  processor_->query(query, [&](Result<ViewAnswer> got) { promise.set_value(std::move(got)); });
  const auto answer = promise.get_future().get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid);
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
  ViewQuery query;
  query.after = Receipt{{{kFirst, Offset(1'000)}}};
  query.wait_max = seconds(3'600);
  std::promise<Result<ViewAnswer>> waiting;
  processor_->query(query, [&](Result<ViewAnswer> got) { waiting.set_value(std::move(got)); });
  processor_->stop();
  EXPECT_EQ(waiting.get_future().get().error().kind, ErrorKind::kClosed);
  EXPECT_EQ(ask(std::nullopt).error().kind, ErrorKind::kClosed);
}

TEST_F(ProcessorTest, NobodyWaitsForAReceiptOnceWaitingHasEnded) {
  start();
  const Offset end = log_.add({shop_event("a", seconds(0))});
  const Receipt never{{{kFirst, advance(end, 1'000)}}};
  const auto ask_for_never = [&](std::promise<Result<ViewAnswer>>& promise) {
    ViewQuery query;
    query.after = never;
    query.wait_max = seconds(10);
    processor_->query(query, [&](Result<ViewAnswer> got) { promise.set_value(std::move(got)); });
  };
  std::promise<Result<ViewAnswer>> before;
  std::promise<Result<ViewAnswer>> later;
  ask_for_never(before);
  processor_->end_waiting();
  ask_for_never(later);
  EXPECT_EQ(before.get_future().get().error().kind, ErrorKind::kClosed);
  EXPECT_EQ(later.get_future().get().error().kind, ErrorKind::kClosed);
  EXPECT_TRUE(ask(std::nullopt));
}

TEST_F(ProcessorTest, SubscribersGetTheNewValuesOfChangedCells) {
  start();
  std::promise<Cell> changed;
  bool first = true;
  const std::uint64_t token = subscribe([&](const ViewAnswer& answer) {
    if (!answer.cells.empty() && answer.cells[0].count == 3 && std::exchange(first, false)) {
      changed.set_value(answer.cells[0]);
    }
  });
  log_.add({shop_event("a", seconds(0), "u")});
  log_.add({shop_event("b", seconds(0), "v"), shop_event("c", seconds(0), "v")});
  const Cell cell = changed.get_future().get();
  EXPECT_EQ(cell.event, "Bought");
  EXPECT_EQ(cell.users, 2U);
  processor_->unsubscribe(token);
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

TEST_F(ProcessorTest, AnAnswerIsNeverAheadOfWhatSubscribersWereTold) {
  ProcessorSettings settings;
  settings.emit_interval_min = std::chrono::hours(1);  // Only the first change is told by itself.
  start(settings);
  std::atomic<std::uint64_t> told = 0;
  const std::uint64_t token = subscribe([&](const ViewAnswer& answer) {
    for (const Cell& cell : answer.cells) {
      told = cell.count;
    }
  });
  for (std::uint64_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(counted(log_.add({shop_event(std::to_string(i), seconds(0))})), i);
    EXPECT_EQ(told, i);
  }
  processor_->unsubscribe(token);
}

// Events come in while a subscriber does: the answer and the changes after it are every count once.
TEST_F(ProcessorTest, TheAnswerAndTheChangesTogetherMissNothingAndRepeatNothing) {
  ProcessorSettings settings;
  settings.emit_interval_min = milliseconds(0);
  start(settings);
  const std::uint64_t other = subscribe([](const ViewAnswer&) {});
  for (std::uint64_t round = 1; round <= 100; ++round) {
    const Offset end = log_.add({shop_event(std::to_string(round), seconds(0))});
    std::vector<std::uint64_t> counts;  // Of the processor thread until the last is there.
    std::promise<void> all;
    const auto note = [&](const ViewAnswer& answer) {
      if (!answer.cells.empty()) {
        counts.push_back(answer.cells[0].count);
        if (counts.back() == round) {
          all.set_value();
        }
      }
    };
    const std::uint64_t token = processor_->subscribe(
        {.from = EventTime::min(), .to = EventTime::max()},
        [&](Result<ViewAnswer> answer) { note(answer.value()); }, note);
    all.get_future().get();
    processor_->unsubscribe(token);
    ASSERT_EQ(counted(end), round);
    EXPECT_TRUE(std::ranges::is_sorted(counts, std::less_equal())) << round;
    EXPECT_GE(counts.front() + 1, round);
  }
  processor_->unsubscribe(other);
}

TEST_F(ProcessorTest, WhatChangedBeforeAnAnswerGoesToTheOlderSubscribersAlone) {
  ProcessorSettings settings;
  settings.emit_interval_min = std::chrono::hours(1);
  start(settings);
  std::uint64_t older = 0;  // Of the processor thread, as `younger`.
  std::uint64_t younger = 0;
  subscribe([&](const ViewAnswer& answer) { older = answer.cells.at(0).count; });
  ASSERT_EQ(counted(Offset(0)), 0U);  // Is subscribed by now.
  ASSERT_EQ(counted(log_.add({shop_event("a", seconds(0))})), 1U);
  ASSERT_EQ(counted(log_.add({shop_event("b", seconds(0))})), 2U);
  subscribe([&](const ViewAnswer&) { ++younger; });
  processor_->stop();
  EXPECT_EQ(older, 2U);
  EXPECT_EQ(younger, 0U);
}

TEST_F(ProcessorTest, WhoGotAnErrorInsteadOfAnAnswerIsNotSubscribed) {
  start();
  std::promise<bool> answered;
  bool changed = false;
  processor_->subscribe(
      {.from = EventTime::min(), .to = EventTime::max(), .after = Receipt{{{PartitionId(9), {}}}}},
      [&](Result<ViewAnswer> answer) { answered.set_value(answer.has_value()); },
      [&](const ViewAnswer&) { changed = true; });
  EXPECT_FALSE(answered.get_future().get());
  counted(log_.add({shop_event("a", seconds(0))}));
  processor_->stop();
  EXPECT_FALSE(changed);
  processor_->subscribe(
      {.from = {}, .to = {}},
      [&](Result<ViewAnswer> answer) { EXPECT_EQ(answer.error().kind, ErrorKind::kClosed); }, {});
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
