// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/posix/guarded_clock.hpp"
#include "arrival/clock_keeper.hpp"
#include "collector/collector.hpp"
#include "processing/settings_in_force.hpp"
#include "stream/minute.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/processor_harness.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

/// A machine whose clock has an error, which a process reads; time itself is known here.
class ErringMachine : public Clock {
 public:
  ProcessingTime now() const override { return truth + error; }
  std::chrono::nanoseconds monotonic() const override { return running; }

  void advance(Microseconds by) {
    truth += by;
    running += by;
  }

  /// What its kernel says. Calls `asked` before, once.
  bool is_synchronised() {
    if (const auto then = std::exchange(asked, nullptr)) {
      then();
    }
    return synchronised;
  }

  ProcessingTime truth{std::chrono::hours(24 * 365 * 56)};
  Microseconds error{0};
  bool synchronised = false;  ///< Its kernel says so.
  std::chrono::nanoseconds running{0};
  std::function<void()> asked;
};

/// All that the log holds, with a checkpoint where one is urgent.
inline void drain(ProcessorCore& core) {
  while (core.step().value() || core.checkpoint_urgent()) {
    if (core.checkpoint_urgent()) {
      EXPECT_TRUE(core.checkpoint());
    }
  }
}

/// Collector, clock keeper and processor on one log, on such a machine, from start to start.
class ClockWorld {
 public:
  static constexpr Microseconds kWindow = std::chrono::hours(24 * 7);

  ClockWorld(const ClockWorld&) = delete;
  ClockWorld& operator=(const ClockWorld&) = delete;

  explicit ClockWorld(std::uint32_t partitions) : log(partitions), verdicts(partitions) {
    log.settle_at_once();
    settings.results.dedup_window = kWindow;
    settings.results.idle_timeout = std::chrono::seconds(10);
  }

  /// A start of the process; a crash of the one before.
  void start() {
    process.reset();
    process = std::make_unique<Process>(*this);
  }
  void crash() { process.reset(); }

  /// One event that happens now. `with_time`: the device says when, by a clock that is right.
  void send(const std::string& id, const std::string& user, bool with_time);
  /// One event with these members. A time "T-60" is true time less so many seconds; "L-60" the same
  /// without a zone.
  void send_times(std::string members);
  /// An event that is refused.
  void send_bad() { post(R"({"writeKey":"web","messageId":"bad","event":7})", 400); }
  /// What a client sends again.
  void send_again(const std::string& id) { post(bodies.at(id)); }

  void tick() { EXPECT_TRUE(process->keeper->tick()); }
  void process_some(std::uint64_t steps) {
    for (; steps > 0; --steps) {
      step();
    }
  }
  void drain() {
    do {
      hapax::drain(*process->core);
    } while (step());
  }
  /// One step of the processor, as its thread makes them.
  bool step() {
    if (process->core->superseded()) {
      process->core = process->core->open_anew().value();
    }
    return process->core->step().value() || process->core->superseded();
  }
  MinuteCells everything() const { return read_minutes(*process->core, views.served).value(); }
  std::uint64_t unique() const {
    std::uint64_t unique = 0;
    for (const SourceAudit& source : process->core->audit().sources) {
      unique += source.unique;
    }
    return unique;
  }
  ClockStatus clock() const { return process->keeper->status(); }

  struct Process {
    explicit Process(ClockWorld& world)
        : clock(world.machine),
          arrivals(clock),
          keeper(ClockKeeper::start(
                     world.keeper_settings,
                     {.clock = clock,
                      .arrivals = arrivals,
                      .log = world.log,
                      .is_synchronised = [&world] { return world.machine.is_synchronised(); },
                      .rebuild_obstacle = [&world] { return world.obstacle; }},
                     stored_watermark(world.store, world.settings.id_key).value())
                     .value()),
          collector({}, world.log, arrivals, world.random, names) {
      EXPECT_TRUE(put_in_force(world.settings.results, false, world.log, arrivals));
      open_core(world);
    }
    void open_core(ClockWorld& world) {
      core.reset();
      world.verdicts.open();
      core = ProcessorCore::open(world.settings,
                                 {world.log, world.store, arrivals, *world.verdicts.log,
                                  world.views.catalog, world.views.served})
                 .value();
    }

    GuardedClock clock;
    ArrivalClock arrivals;
    std::unique_ptr<ProcessorCore> core;
    std::unique_ptr<ClockKeeper> keeper;
    AnyName names;
    Collector collector;
  };

  ErringMachine machine;
  ProcessorSettings settings = small_settings();
  ClockKeeperSettings keeper_settings{
      .limits = {.jump_max = std::chrono::hours(24),
                 .ahead_limit = CollectorSettings().clock_ahead_limit},
      .retention_age = std::chrono::hours(24 * 30),
      .retention_bytes = 1U << 30U};
  std::string obstacle;
  ScriptedLog log;
  MemoryStateStore store;
  MemoryVerdicts verdicts;
  TestViews views;
  SeededRandom random{1};
  std::map<std::string, std::string> bodies;  ///< By id.
  std::unique_ptr<Process> process;

 private:
  void post(const std::string& body, int expected = 200) {
    int status = 0;
    IngestRequest request;
    request.path = "/v1/track";
    request.body = body;
    process->collector.ingest(std::move(request),
                              [&](const IngestResponse& answer) { status = answer.status; });
    EXPECT_EQ(status, expected);
  }
};

/// Some events under a clock that is right and known to be so.
struct SettledWorld : ClockWorld {
  explicit SettledWorld(std::uint32_t partitions = 1) : ClockWorld(partitions) {
    machine.synchronised = true;
    start();
    for (const char* user : {"ann", "bob", "cat", "dan"}) {
      send(std::string("first-") + user, user, true);
      machine.advance(std::chrono::minutes(1));
    }
    drain();
    EXPECT_TRUE(process->core->checkpoint());
    machine.synchronised = false;
  }

  void send_all_again() {
    for (const char* user : {"ann", "bob", "cat", "dan"}) {
      send_again(std::string("first-") + user);
    }
    drain();
  }
};

/// How many events are counted in the minute of `time`.
inline std::uint64_t counted_at(const ClockWorld& world, ProcessingTime time) {
  std::uint64_t count = 0;
  for (const MinuteCells answer = world.everything(); const Cell& cell : answer.cells) {
    count += cell.start == minute_start(as_event_time(time)) ? cell.count : 0;
  }
  return count;
}

}  // namespace hapax
