// SPDX-License-Identifier: Apache-2.0
// C4: into how many partitions a log is cut does not change the answer. The same random events with
// duplicates and disorder, in logs of 1, 4 and 16 partitions, with checkpoints and crashes at
// random moments.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "processing/replay_test_support.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

using Random = std::mt19937_64;

constexpr std::array<std::uint32_t, 3> kPartitionCounts{1, 4, 16};
constexpr std::array kReadOrders{ScriptedLog::ReadOrder::kRoundRobin,
                                 ScriptedLog::ReadOrder::kPartitionByPartition};

std::int64_t up_to(Microseconds duration, Random& random) {
  return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(duration.count()));
}

PlainEvent random_event(std::size_t number, std::int64_t now, Random& random) {
  return {.source = random() % 4 == 0 ? "blog" : "shop",
          .id = std::to_string(number),
          .name = random() % 3 == 0 ? "a" : "b",
          .user = std::to_string(random() % 40),
          .event_micros = now,
          .received_micros = now};
}

/// Events in the order of a log. Some happened up to half of the watermark's bound before they
/// arrived, and some arrive up to another half after others of a later arrival: none is late. A
/// fifth is sent again, up to hours later.
std::vector<PlainEvent> random_events(Random& random) {
  const Microseconds disorder = ResultSettings{}.out_of_order_bound / 2;
  std::multimap<std::int64_t, PlainEvent> by_place;
  std::int64_t now = kStart;
  for (std::size_t i = 0, count = 100 + random() % 300; i < count; ++i) {
    now += up_to(std::chrono::seconds(15), random);
    PlainEvent event = random_event(i, now, random);
    event.event_micros -= up_to(disorder, random);
    by_place.emplace(now + up_to(disorder, random), event);
    if (random() % 5 == 0) {
      event.received_micros += up_to(std::chrono::hours(2), random);
      by_place.emplace(event.received_micros + up_to(disorder, random), event);
    }
  }
  std::vector<PlainEvent> events;
  for (const auto& [place, event] : by_place) {
    events.push_back(event);
  }
  return events;
}

/// A tenth happened long before it arrived: most of those are late, where the watermark of their
/// partition says so.
void delay_some(std::vector<PlainEvent>& events, Random& random) {
  std::map<std::string, std::int64_t> delays;  // By id: the same at every try.
  for (PlainEvent& event : events) {
    const auto [delay, is_new] = delays.try_emplace(event.id, 0);
    if (is_new && random() % 10 == 0) {
      delay->second = up_to(std::chrono::minutes(10), random);
    }
    event.event_micros -= delay->second;
  }
}

PartitionId partition_of(const PlainEvent& event, std::uint32_t partitions) {
  return PartitionId(static_cast<std::uint32_t>(std::hash<std::string>()(event.user) % partitions));
}

ReplayOutcome run(const std::vector<PlainEvent>& events, std::uint32_t partitions, Random& random) {
  ProcessorHarness processor(partitions);
  processor.log.set_read_order(kReadOrders[random() % kReadOrders.size()]);
  for (const PlainEvent& event : events) {
    processor.log.add(partition_of(event, partitions), {view_of(event)});
    if (random() % 2 == 0) {
      EXPECT_TRUE(processor.core->step());
    }
    if (random() % 30 == 0) {
      EXPECT_TRUE(processor.core->checkpoint());
    }
    if (random() % 30 == 0) {
      processor.open();
    }
  }
  return outcome_of(processor);
}

NaiveViews naive(const std::vector<PlainEvent>& events) {
  NaiveViews views;
  for (const PlainEvent& event : events) {
    views.add(event);
  }
  return views;
}

template <typename Check>
void for_random_logs(const Check& check) {
  for (int seed = 1; seed <= random_cases(60) && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    check(random);
  }
}

std::uint64_t late_in(const ReplayOutcome& outcome) {
  std::uint64_t late = 0;
  for (const SourceAudit& audit : outcome.sources) {
    late += audit.late;
  }
  return late;
}

// Compared are whole cells (count, users, revision) and whole books (lateness included).
TEST(ProcessorPartitionsTest, DisorderWithinTheBoundIsTheSameInLogsOfAnyPartitions) {
  for_random_logs([](Random& random) {
    const std::vector<PlainEvent> events = random_events(random);
    const ReplayOutcome first = run(events, kPartitionCounts.front(), random);
    expect_equal_to_naive(first.cells, naive(events));
    EXPECT_EQ(late_in(first), 0U);
    for (const std::uint32_t partitions : kPartitionCounts) {
      const ReplayOutcome outcome = run(events, partitions, random);
      EXPECT_EQ(outcome.cells, first.cells) << partitions;
      EXPECT_EQ(outcome.books(), first.books()) << partitions;
    }
  });
}

// Each partition has a watermark of its own, so what is beyond the bound may be late in a log of
// few partitions and on time in one of many (C5). Compared is all but that: count and users of the
// cells without their revision, and the books with `late` added to `on_time`.
TEST(ProcessorPartitionsTest, StragglersAreCountedTheSameInLogsOfAnyPartitions) {
  bool differed = false;
  for_random_logs([&](Random& random) {
    std::vector<PlainEvent> events = random_events(random);
    delay_some(events, random);
    const ReplayOutcome first = run(events, kPartitionCounts.front(), random);
    expect_equal_to_naive(first.cells, naive(events));
    for (const std::uint32_t partitions : kPartitionCounts) {
      const ReplayOutcome outcome = run(events, partitions, random);
      differed = differed || late_in(outcome) != late_in(first);
      EXPECT_EQ(without_lateness(outcome).cells, without_lateness(first).cells) << partitions;
      EXPECT_EQ(without_lateness(outcome).books(), without_lateness(first).books()) << partitions;
    }
  });
  EXPECT_TRUE(differed) << "the events try what the comparison leaves out";
}

}  // namespace
}  // namespace hapax
