// SPDX-License-Identifier: Apache-2.0
// C4 and C6: order, repetition, batching and restarts do not change the answer. Random events, each
// run in several ways; the cells are compared with a naive count and with each other as bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "processing/replay_test_support.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

using Random = std::mt19937_64;
using Stream = std::vector<PlainEvent>;  // Of one partition, in the order of its log.

// Events of a day; a tenth far in the past, some before 1970.
std::vector<Stream> random_streams(Random& random) {
  std::vector<Stream> streams(1 + random() % 4);
  const std::size_t count = 1 + random() % 300;
  for (std::size_t i = 0; i < count; ++i) {
    PlainEvent event;
    event.source = random() % 2 == 0 ? "shop" : "blog";
    event.id = std::to_string(i / 2);  // Shared by two sources now and then.
    event.id.append(event.source);
    event.id.append(std::to_string(i));
    event.name = random() % 3 == 0 ? "a" : "b";
    event.user = std::to_string(random() % 10);
    event.received_micros = kStart + static_cast<std::int64_t>(i) * 40 * kSecond;
    event.event_micros =
        event.received_micros - static_cast<std::int64_t>(random() % 600) * kSecond / 10;
    if (random() % 10 == 0) {
      event.event_micros = static_cast<std::int64_t>(random() % 7'200) * kSecond - 3'600 * kSecond;
    }
    streams[std::stoul(event.user) % streams.size()].push_back(event);
  }
  return streams;
}

// Each with some chance once or twice more, later in its partition.
void repeat_some(std::vector<Stream>& streams, Random& random) {
  for (Stream& stream : streams) {
    for (std::size_t i = 0, count = stream.size(); i < count; ++i) {
      for (std::uint64_t again = random() % 6; again > 3; --again) {
        PlainEvent retry = stream[i];
        retry.received_micros += static_cast<std::int64_t>(random() % 3'600) * kSecond;
        const auto after = static_cast<std::ptrdiff_t>(i + 1 + random() % (stream.size() - i));
        stream.insert(stream.begin() + after, retry);
      }
    }
  }
}

void shuffle_all(std::vector<Stream>& streams, Random& random) {
  for (Stream& stream : streams) {
    std::ranges::shuffle(stream, random);
  }
}

NaiveViews naive(const std::vector<Stream>& streams) {
  NaiveViews views;
  for (const Stream& stream : streams) {
    for (const PlainEvent& event : stream) {
      views.add(event);
    }
  }
  return views;
}

/// Fills the log in batches of random size and runs a processor over it. `restarts`: with
/// checkpoints, failed checkpoints and crashes at random moments, while the log still grows.
struct Run {
  Run(const std::vector<Stream>& from, std::uint64_t seed, bool with_restarts)
      : streams(from),
        random(seed),
        restarts(with_restarts),
        processor(static_cast<std::uint32_t>(from.size())),
        next(from.size()) {}

  ReplayOutcome finish() {
    if (!restarts) {
      while (fill_one()) {
      }
      EXPECT_TRUE(processor.drain());
    }
    while (restarts && fill_one()) {
      disturb();
    }
    EXPECT_TRUE(processor.drain());
    processor.store.fail_writes(std::nullopt);
    EXPECT_TRUE(processor.core->checkpoint());
    const AuditReport report = processor.core->audit();
    for (const PartitionAudit& audit : report.partitions) {
      EXPECT_EQ(audit.log_digest, audit.processed_digest);
      EXPECT_EQ(audit.processed, audit.end);
    }
    return {minute_cells_of(processor), report.sources};
  }

  bool fill_one() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (next[i] < streams[i].size()) {
        open.push_back(i);
      }
    }
    if (open.empty()) {
      return false;
    }
    const std::size_t at = open[random() % open.size()];
    const std::size_t end = std::min(streams[at].size(), next[at] + 1 + random() % 20);
    std::vector<EventView> batch;
    for (; next[at] < end; ++next[at]) {
      batch.push_back(view_of(streams[at][next[at]]));
    }
    processor.log.add(PartitionId(static_cast<std::uint32_t>(at)), batch);
    return true;
  }

  void disturb() {
    switch (random() % 6) {
      case 0:
        processor.open();
        break;
      case 1:
        processor.store.fail_writes(random() % 2 == 0
                                        ? std::optional(Error{ErrorKind::kExhausted, "disk full"})
                                        : std::nullopt);
        processor.core->checkpoint().permit_unchecked_error();
        break;
      case 2:
        checkpoint_while_running();
        break;
      default:
        EXPECT_TRUE(processor.core->step());
    }
  }

  // As the thread does: events go on between freezing and committing, or a crash comes first.
  void checkpoint_while_running() {
    processor.store.fail_writes(std::nullopt);
    EXPECT_TRUE(processor.core->checkpoint());
    const auto frozen = processor.core->freeze();
    EXPECT_TRUE(processor.core->step());
    const bool crash_before = random() % 4 == 0;
    const bool crash_after = random() % 4 == 0;
    if (!crash_before) {
      EXPECT_TRUE(write_state(*frozen, processor.store));
    }
    if (crash_before || crash_after) {
      processor.open();
    } else {
      processor.core->commit(*frozen);
    }
  }

  const std::vector<Stream>& streams;
  Random random;
  bool restarts;
  ProcessorHarness processor;
  std::vector<std::size_t> next;
};

void check(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const std::vector<Stream> once = random_streams(random);
  std::vector<Stream> repeated = once;
  repeat_some(repeated, random);

  const NaiveViews expected = naive(once);
  const ReplayOutcome rebuilt = Run(repeated, random(), false).finish();
  expect_equal_to_naive(rebuilt.cells, expected);

  const ReplayOutcome restarted = Run(repeated, random(), true).finish();
  EXPECT_EQ(restarted.cells, rebuilt.cells);
  EXPECT_EQ(restarted.books(), rebuilt.books());

  std::vector<Stream> shuffled = repeated;
  shuffle_all(shuffled, random);
  EXPECT_EQ(without_revisions(Run(shuffled, random(), true).finish().cells),
            without_revisions(Run(once, random(), false).finish().cells));
}

constexpr std::array kReadOrders{ScriptedLog::ReadOrder::kRoundRobin,
                                 ScriptedLog::ReadOrder::kPartitionByPartition};
constexpr std::int64_t kShortWindow = 2'400 * kSecond;

/// One log in the order of arrival, with retries of every age: within the window, at its edge, and
/// far beyond it.
struct Arrivals {
  std::size_t partitions = 1;
  std::vector<PlainEvent> events;  // By received time.
  std::map<std::size_t, ResultSettings> settings =
      {};                                // Put in force before the event of that number.
  std::set<std::size_t> elsewhere = {};  // Events that came to the partition after their own.

  PartitionId partition_of(std::size_t number) const {
    const std::size_t own = std::stoul(events[number].user) + elsewhere.count(number);
    return PartitionId(static_cast<std::uint32_t>(own % partitions));
  }
};

Arrivals random_arrivals(Random& random) {
  Arrivals arrivals{.partitions = 1 + random() % 4, .events = {}};
  const std::size_t count = 100 + random() % 300;
  std::int64_t now = kStart;
  for (std::size_t i = 0; i < count; ++i) {
    now += static_cast<std::int64_t>(random() % 90) * kSecond;
    PlainEvent event{.source = "shop",
                     .id = std::to_string(i),
                     .name = random() % 3 == 0 ? "a" : "b",
                     .user = std::to_string(random() % 10),
                     .event_micros = now - static_cast<std::int64_t>(random() % 30) * kSecond,
                     .received_micros = now};
    if (i > 0 && random() % 3 == 0) {
      event = arrivals.events[random() % i];
      event.received_micros = now;
    }
    arrivals.events.push_back(event);
  }
  return arrivals;
}

/// Puts in the log what comes before event `next`, and the event.
void add_to_log(const Arrivals& arrivals, std::size_t next, ScriptedLog& log) {
  const PlainEvent& event = arrivals.events[next];
  if (const auto change = arrivals.settings.find(next); change != arrivals.settings.end()) {
    log.settle_at_once();
    EXPECT_TRUE(log.append_control(
        encode_control_record(kSettingsControl, encode_result_settings(change->second),
                              processing_time_from_micros(event.received_micros)),
        [](const Result<Receipt>& receipt) { EXPECT_TRUE(receipt); }));
  }
  log.add(arrivals.partition_of(next), {view_of(event)});
}

/// Windows that grow and shrink, bounds and timeouts of all sizes.
void change_settings_at_random(Arrivals& arrivals, Random& random) {
  const auto duration = [&](std::uint64_t seconds) {
    return Microseconds(static_cast<std::int64_t>(random() % seconds) * kSecond);
  };
  for (std::uint64_t changes = random() % 6; changes > 0; --changes) {
    arrivals.settings[random() % arrivals.events.size()] = {
        .dedup_window = Microseconds(1) + duration(2 * kShortWindow / kSecond),
        .out_of_order_bound = duration(60),
        .idle_timeout = Microseconds(1) + duration(60)};
  }
}

ProcessorSettings short_window() {
  ProcessorSettings settings = small_settings();
  settings.results.dedup_window = Microseconds(kShortWindow);
  return settings;
}

/// Bases that are kept or fail, retention that drops what it may, and a state that is lost, each
/// now and then. The log may lose its head by that, the outcome must not show it.
void retain_and_lose(ProcessorHarness& processor, Random& random) {
  if (processor.core->base_wanted() && random() % 2 == 0) {
    processor.store.fail_bases(random() % 4 == 0 ? std::optional(Error{ErrorKind::kExhausted, ""})
                                                 : std::nullopt);
    if (processor.store.keep_base() && random() % 4 != 0) {  // Else nobody is told of it.
      processor.core->commit_base();
    }
  }
  if (random() % 2 == 0) {
    processor.log.retain();
  }
  if (random() % 8 == 0) {
    processor.lose_state();
  }
}

// As it happens: polls at random moments, records that wait for their sync, crashes. `disturb` is
// called now and then.
ReplayOutcome run_live(const Arrivals& arrivals, Random& random,
                       void (*disturb)(ProcessorHarness&, Random&) = nullptr,
                       DiskImage* verdicts = nullptr) {
  ProcessorHarness processor(static_cast<std::uint32_t>(arrivals.partitions), short_window());
  std::optional<ArrivalClock::Arrival> on_its_way;  // What comes next.
  const auto now_is = [&](std::size_t next) {
    const PlainEvent& event = arrivals.events[std::min(next, arrivals.events.size() - 1)];
    processor.clock.set_now(processing_time_from_micros(event.received_micros));
    on_its_way = processor.arrivals.arrive();
  };
  for (std::size_t next = 0; next < arrivals.events.size();) {
    for (std::uint64_t burst = 1 + random() % 9; burst > 0 && next < arrivals.events.size();
         --burst, ++next) {
      add_to_log(arrivals, next, processor.log);
    }
    now_is(next);
    for (std::uint64_t steps = random() % 12; steps > 0; --steps) {
      EXPECT_TRUE(processor.core->step());
    }
    if (random() % 8 == 0) {
      EXPECT_TRUE(processor.core->checkpoint());
    }
    if (random() % 8 == 0) {
      processor.open();
    }
    if (disturb != nullptr) {
      disturb(processor, random);
    }
  }
  ReplayOutcome outcome = outcome_of(processor);
  if (verdicts != nullptr) {
    *verdicts = processor.verdicts.disk.image();
  }
  return outcome;
}

/// `verdicts`: the disk that holds those of the first run.
ReplayOutcome rebuild(const Arrivals& arrivals, ScriptedLog::ReadOrder order,
                      const DiskImage& verdicts = {}) {
  ProcessorHarness processor(static_cast<std::uint32_t>(arrivals.partitions), short_window());
  for (std::size_t next = 0; next < arrivals.events.size(); ++next) {
    add_to_log(arrivals, next, processor.log);
  }
  processor.clock.set_now(processing_time_from_micros(arrivals.events.back().received_micros) +
                          std::chrono::hours(1));
  processor.log.set_read_order(order);
  if (!verdicts.names.empty()) {
    processor.verdicts.put_back(verdicts);
    processor.open();
  }
  return outcome_of(processor);
}

void check_window(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const Arrivals arrivals = random_arrivals(random);
  NaiveViews expected(kShortWindow);
  for (const PlainEvent& event : arrivals.events) {
    expected.add(event);
  }
  const ReplayOutcome live = run_live(arrivals, random);
  expect_equal_to_naive(live.cells, expected);
  for (const auto order : kReadOrders) {
    const ReplayOutcome rebuilt = rebuild(arrivals, order);
    EXPECT_EQ(rebuilt.cells, live.cells);
    EXPECT_EQ(rebuilt.books(), live.books());
  }
}

/// Of each id two tries at most, the second now and then in another partition, as when somebody
/// signs in between them.
Arrivals arrivals_in_two_places(Random& random) {
  Arrivals arrivals = random_arrivals(random);
  arrivals.partitions = 2 + random() % 3;
  std::map<std::string, int> tries;
  std::erase_if(arrivals.events, [&](const PlainEvent& event) { return ++tries[event.id] > 2; });
  for (std::size_t i = 0; i < arrivals.events.size(); ++i) {
    if (random() % 3 == 0) {
      arrivals.elsewhere.insert(i);
    }
  }
  return arrivals;
}

// Which of the two counts may depend on the order of reading, and with it whether it was late; how
// many count does not.
void check_two_places(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const Arrivals arrivals = arrivals_in_two_places(random);
  const ReplayOutcome live = without_lateness(run_live(arrivals, random));
  for (const auto order : kReadOrders) {
    const ReplayOutcome rebuilt = without_lateness(rebuild(arrivals, order));
    EXPECT_EQ(rebuilt.cells, live.cells);
    EXPECT_EQ(rebuilt.books(), live.books());
  }
}

/// Now and then the state is lost and made again by a reader of another order, of which nobody may
/// notice anything.
void rebuild_in_another_order(ProcessorHarness& processor, Random& random) {
  if (random() % 8 == 0) {
    EXPECT_TRUE(processor.drain());
    EXPECT_TRUE(processor.core->checkpoint());
    processor.log.set_read_order(ScriptedLog::ReadOrder::kPartitionByPartition);
    processor.lose_state();
    for (std::uint64_t steps = random() % 200; steps > 0; --steps) {
      EXPECT_TRUE(processor.core->step());
    }
    if (random() % 2 == 0) {
      EXPECT_TRUE(processor.core->checkpoint());
      processor.open();
    }
    EXPECT_TRUE(processor.drain());
    processor.log.set_read_order(ScriptedLog::ReadOrder::kRoundRobin);
  }
}

// C6 for any tries of an id in any partitions, and windows that change: dedup's verdicts stand.
void check_verdicts(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  Arrivals arrivals = random_arrivals(random);
  arrivals.partitions = 2 + random() % 3;
  for (std::size_t i = 0; i < arrivals.events.size(); ++i) {
    if (random() % 3 == 0) {
      arrivals.elsewhere.insert(i);
    }
  }
  if (random() % 2 == 0) {
    change_settings_at_random(arrivals, random);
  }
  DiskImage verdicts;
  const ReplayOutcome live = run_live(arrivals, random, &rebuild_in_another_order, &verdicts);
  for (const auto order : kReadOrders) {
    const ReplayOutcome rebuilt = rebuild(arrivals, order, verdicts);
    EXPECT_EQ(rebuilt.cells, live.cells);
    EXPECT_EQ(rebuilt.books(), live.books());
  }
}

// Reliability row 50: the state of starts under other settings each is that of a rebuild, whatever
// order the rebuild reads in.
void check_settings(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  Arrivals arrivals = random_arrivals(random);
  change_settings_at_random(arrivals, random);
  const ReplayOutcome live = run_live(arrivals, random);
  for (const auto order : kReadOrders) {
    const ReplayOutcome rebuilt = rebuild(arrivals, order);
    EXPECT_EQ(live.books(), rebuilt.books());
    EXPECT_EQ(live.cells, rebuilt.cells);
  }
}

// C6: the state is a function of base and log, also once the log's head is gone.
void check_bases(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  Arrivals arrivals = random_arrivals(random);
  NaiveViews expected(kShortWindow);
  for (const PlainEvent& event : arrivals.events) {
    expected.add(event);
  }
  expect_equal_to_naive(run_live(arrivals, random, &retain_and_lose).cells, expected);
  change_settings_at_random(arrivals, random);
  const ReplayOutcome kept = run_live(arrivals, random);
  const ReplayOutcome lost = run_live(arrivals, random, &retain_and_lose);
  EXPECT_EQ(lost.books(), kept.books());
  EXPECT_EQ(lost.cells, kept.cells);
}

TEST(ProcessorReplayTest, ALostStateIsMadeOfBaseAndLogWhateverRetentionHasDropped) {
  for (int seed = 1; seed <= random_cases(60); ++seed) {
    check_bases(seed);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ProcessorReplaySoakTest, ALostStateIsMadeOfBaseAndLogWhateverRetentionHasDropped) {
  for (std::uint64_t seed = 1'000; seed < 6'000; ++seed) {
    check_bases(seed);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ProcessorReplayTest, RetriesOfEveryAgeAreJudgedAlikeLiveAndInARebuild) {
  for (int seed = 1; seed <= random_cases(150); ++seed) {
    check_window(seed);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ProcessorReplaySoakTest, RetriesOfEveryAgeAreJudgedAlikeLiveAndInARebuild) {
  for (std::uint64_t seed = 1'000; seed < 11'000; ++seed) {
    check_window(seed);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ProcessorReplayTest, OrderRepetitionBatchingAndRestartsDoNotChangeTheCells) {
  for (int seed = 1; seed <= random_cases(300); ++seed) {
    check(seed);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ProcessorReplaySoakTest, OrderRepetitionBatchingAndRestartsDoNotChangeTheCells) {
  for (std::uint64_t seed = 1'000; seed < 21'000; ++seed) {
    check(seed);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ProcessorReplayTest, ARetryInAnotherPartitionIsJudgedAlikeInEveryOrder) {
  for (int seed = 1; seed <= random_cases(100); ++seed) {
    check_two_places(seed);
  }
}

TEST(ProcessorReplaySoakTest, ARetryInAnotherPartitionIsJudgedAlikeInEveryOrder) {
  for (std::uint64_t seed = 1'000; seed < 6'000; ++seed) {
    check_two_places(seed);
  }
}

TEST(ProcessorReplayTest, AnyTriesInAnyPartitionsAreJudgedInARebuildAsTheyWere) {
  for (int seed = 1; seed <= random_cases(150); ++seed) {
    check_verdicts(seed);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ProcessorReplaySoakTest, AnyTriesInAnyPartitionsAreJudgedInARebuildAsTheyWere) {
  for (std::uint64_t seed = 1'000; seed < 11'000; ++seed) {
    check_verdicts(seed);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ProcessorReplayTest, SettingsOfEachStartHoldFromTheirOffsetOn) {
  for (int seed = 1; seed <= random_cases(60); ++seed) {
    check_settings(seed);
  }
}

TEST(ProcessorReplaySoakTest, SettingsOfEachStartHoldFromTheirOffsetOn) {
  for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
    check_settings(seed);
  }
}

}  // namespace
}  // namespace hapax
