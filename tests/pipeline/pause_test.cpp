// SPDX-License-Identifier: Apache-2.0
// The collector and the processor on one log, the process paused at every step of a request.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "collector/collector.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/processor_harness.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using std::chrono::hours;

/// The clock of a process that may be paused after each reading.
class PausingClock : public Clock {
 public:
  explicit PausingClock(StillClock& machine) : machine_(machine) {}

  ProcessingTime now() const override {
    const ProcessingTime now = machine_.now();
    if (const auto pause = std::exchange(after_next_reading, nullptr)) {
      pause();
    }
    return now;
  }
  std::chrono::nanoseconds monotonic() const override { return machine_.monotonic(); }

  mutable std::function<void()> after_next_reading;

 private:
  StillClock& machine_;
};

enum class Step { kBeforeTheRequest, kStampDrawn, kQueued, kDurable, kAnswered };

struct World {
  World() : log(1) {
    core = ProcessorCore::open(small_settings(),
                               {log, store, arrivals, *verdicts.log, views.catalog, views.served})
               .value();
  }

  void drain() {
    while (core->step().value()) {
    }
  }
  /// The process stands still for hours; then its processor runs first.
  void pause() {
    machine.advance(hours(2));
    drain();
    look();
  }
  /// Every cell that was final stays as it was, but for a revision.
  void look() {
    const MinuteCells answer = read_minutes(*core, views.served).value();
    for (const Cell& cell : answer.cells) {
      if (const auto before = finals.find(cell.start); before != finals.end()) {
        EXPECT_TRUE(cell.count == before->second.count || cell.revision > before->second.revision);
      }
      if (cell.final) {
        finals[cell.start] = cell;
      }
    }
  }
  /// Whether the view says now that no more events are expected of the minute of `time`.
  bool is_over(EventTime time) {
    return read_minutes(*core, views.served).value().complete_until > time;
  }
  void send(const std::string& id) {
    IngestRequest request;
    request.path = "/v1/track";
    request.body = R"({"writeKey":"web","userId":"u","event":"E","messageId":")" + id + "\"}";
    collector.ingest(std::move(request),
                     [this](const IngestResponse& answer) { status = answer.status; });
  }

  StillClock machine;
  PausingClock clock{machine};
  ArrivalClock arrivals{clock};
  ScriptedLog log;
  MemoryStateStore store;
  MemoryVerdicts verdicts{1};
  TestViews views;
  SeededRandom random{1};
  std::unique_ptr<ProcessorCore> core;
  AnyName names;
  Collector collector{{}, log, arrivals, random, names};
  std::map<EventTime, Cell> finals;
  int status = 0;
};

class PauseTest : public testing::TestWithParam<Step> {};

// Reliability row 51.
TEST_P(PauseTest, ChangesNoFinalCellUnseen) {
  World world;
  world.send("first");  // So that there is a watermark.
  world.log.sync();
  world.drain();
  const EventTime received = as_event_time(world.machine.now());
  if (GetParam() == Step::kBeforeTheRequest) {
    world.pause();
  }
  if (GetParam() == Step::kStampDrawn) {
    world.clock.after_next_reading = [&] {
      world.pause();
      EXPECT_FALSE(world.is_over(received));
    };
  }
  world.send("second");
  if (GetParam() == Step::kQueued) {
    world.pause();
    EXPECT_FALSE(world.is_over(received));
  }
  world.log.sync();
  EXPECT_EQ(world.status, 200);
  if (GetParam() == Step::kDurable) {
    world.pause();
  }
  world.drain();
  world.look();
  world.pause();
  EXPECT_TRUE(world.is_over(received));
  EXPECT_EQ(world.core->audit().sources.at(0).late, 0U);
}

INSTANTIATE_TEST_SUITE_P(EveryStep, PauseTest,
                         testing::Values(Step::kBeforeTheRequest, Step::kStampDrawn, Step::kQueued,
                                         Step::kDurable, Step::kAnswered));

}  // namespace
}  // namespace hapax
