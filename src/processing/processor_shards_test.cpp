// SPDX-License-Identifier: Apache-2.0
// C6 with threads: verdicts, cells and books are those of the log, whoever does the work, however
// blocks are cut, and whatever fails in between.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "audit/equations.hpp"
#include "processing/replay_test_support.hpp"
#include "processing/shard_threads.hpp"
#include "record/event_wire.hpp"
#include "record/result_settings.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

using Random = std::mt19937_64;

constexpr std::uint32_t kPartitions = 4;

struct Append {
  PartitionId partition;
  std::vector<PlainEvent> events;
};

/// Of a third the id was there before, in any partition, with the same content or with another one.
PlainEvent random_event(std::size_t number, Random& random) {
  const bool is_again = number > 0 && random() % 3 == 0;
  const std::size_t id = is_again ? random() % number : number;
  const auto now = kStart + static_cast<std::int64_t>(number) * kSecond / 10;
  return {.source = id % 4 == 0 ? "blog" : "shop",
          .id = std::to_string(id),
          .name = random() % 8 == 0 ? "another" : "a",
          .user = std::to_string(random() % 40),
          .event_micros = kStart + static_cast<std::int64_t>(id) * kSecond / 10,
          .received_micros = now};
}

std::vector<Append> random_appends(Random& random) {
  std::vector<Append> appends;
  std::size_t number = 0;
  while (number < 4'000) {
    Append append{.partition = PartitionId(static_cast<std::uint32_t>(random() % kPartitions)),
                  .events = {}};
    for (std::size_t count = 1 + random() % 60; count > 0; --count) {
      append.events.push_back(random_event(number++, random));
    }
    appends.push_back(std::move(append));
  }
  return appends;
}

/// More views than there are shards in some runs, fewer in others.
const std::vector<std::string> kViews{
    kEventsPerMinute,
    R"v({"name":"hours","window":{"tumbling":"1h"},"measures":{"n":"uniques(user)"}})v",
    R"v({"name":"ids","window":{"tumbling":"1m"},"group_by":["message_id"],)v"
    R"v("measures":{"n":"count"}})v",
};

struct World : ProcessorHarness {
  explicit World(TaskRunner& with) : ProcessorHarness(kPartitions, large_polls(), kViews) {
    log.set_read_order(ScriptedLog::ReadOrder::kAsAppended);
    log.settle_at_once();
    shards = &with;
    open();
  }

  /// Blocks end in other places from the next open() on: behind a batch or some, or with a poll.
  void cut_blocks(Random& random) {
    constexpr std::array<std::size_t, 4> kEvents{1, 50, 200, 1'024};
    settings.block_events_max = kEvents[random() % kEvents.size()];
    settings.shared_events_min = random() % 2 == 0 ? 1 : 256;
  }

  static ProcessorSettings large_polls() {
    ProcessorSettings settings;
    settings.dedup.bucket_ids_min = 512;  // Many buckets, each of which has room for the shards.
    settings.dedup.bucket_ids_max = 2'048;
    settings.view.memory_bytes_max = 100'000;  // Some cells are read from the store again,
    settings.gaps.memory_bytes_max = 5'000;    // and some devices.
    return settings;
  }

  void add(const Append& append) {
    std::vector<EventView> events;
    std::deque<std::string> numberings;
    for (const PlainEvent& event : append.events) {
      events.push_back(view_of(event));
      const std::uint64_t number = std::stoull(event.id);
      events.back().numbering = numberings.emplace_back(encode_numbering(
          {.device = event.user, .epoch = std::to_string(number % 7), .made = number + 1}));
      events.back().sequence = number + 1;
    }
    log.add(append.partition, events);
    if (++appends % 17 == 0) {
      change_settings(append.events.back().received_micros);
    }
  }

  /// What is late, and what is forgotten, is another from here on.
  void change_settings(std::int64_t received_micros) {
    ResultSettings results;
    results.dedup_window = std::chrono::seconds(20 + appends * 7 % 200);
    results.out_of_order_bound = std::chrono::seconds(appends % 9);
    const std::string record =
        encode_control_record(kSettingsControl, encode_result_settings(results),
                              processing_time_from_micros(received_micros));
    EXPECT_TRUE(log.append_control(record, [](const auto&) {}));
  }

  /// A step that fails as the store does is taken up where it failed, and the books balance in
  /// between.
  void fail_a_step(const std::string& tables) {
    store.fail_reads(tables, Error{ErrorKind::kUnavailable, "no disk"});
    const Result<bool> stepped = core->step();
    EXPECT_TRUE(stepped || may_be_retried(stepped.error()));
    failed_steps[tables] += stepped ? 0 : 1;
    EXPECT_TRUE(balanced(check_books(core->audit())));
    store.fail_reads(tables, std::nullopt);
  }

  std::vector<std::vector<Verdict>> decided() {
    std::vector<std::vector<Verdict>> all;
    for (std::uint32_t partition = 0; partition < kPartitions; ++partition) {
      all.push_back(verdicts_of(*verdicts.log, partition));
    }
    return all;
  }

  std::size_t appends = 0;
  std::map<std::string, int> failed_steps;  ///< By the tables that could not be read.
};

/// What there is to compare.
struct Findings {
  std::vector<std::vector<Verdict>> verdicts;
  ReplayOutcome outcome;
};

void expect_same(const Findings& one, const Findings& other) {
  EXPECT_EQ(one.verdicts, other.verdicts);
  EXPECT_EQ(one.outcome.cells, other.outcome.cells);
  EXPECT_EQ(one.outcome.books(), other.outcome.books());
}

Findings result_of(World& world) {
  ReplayOutcome outcome = outcome_of(world);
  return {.verdicts = world.decided(), .outcome = std::move(outcome)};
}

/// The log grows while it is processed, with failed reads, checkpoints, crashes, states that are
/// lost and, with each start, another number of threads, the first of them to begin with.
Findings run_disturbed(const std::vector<Append>& appends, std::span<TaskRunner* const> shards,
                       Random& random, std::map<std::string, int>& failed_steps) {
  World world(*shards.front());
  for (const Append& append : appends) {
    world.add(append);
    if (random() % 20 == 0) {
      world.fail_a_step(std::array{"runs.", "view.", "numbers"}[random() % 3]);
    }
    if (random() % 10 == 0) {
      EXPECT_TRUE(world.drain());
    }
    if (random() % 30 == 0) {
      EXPECT_TRUE(world.drain());
      EXPECT_TRUE(world.core->checkpoint());
    }
    if (random() % 40 == 0) {
      world.cut_blocks(random);
      world.shards = shards[random() % shards.size()];
      random() % 4 == 0 ? world.lose_state() : world.open();
    }
  }
  for (const auto& [tables, steps] : world.failed_steps) {
    failed_steps[tables] += steps;
  }
  return result_of(world);
}

/// All of it at once, and no verdict of before.
Findings run_at_once(const std::vector<Append>& appends, TaskRunner& shards) {
  World world(shards);
  for (const Append& append : appends) {
    world.add(append);
  }
  return result_of(world);
}

TEST(ProcessorShardsTest, AnyNumberOfThemComesToTheSameWhateverFailsInBetween) {
  const auto two = ShardThreads::start(2).value();
  const auto four = ShardThreads::start(4).value();
  std::vector<TaskRunner*> runners{&one_by_one(), two.get(), four.get()};
  std::map<std::string, int> failed_steps;
  for (int seed = 1; seed <= random_cases(8) && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::vector<Append> appends = random_appends(random);
    const Findings expected = run_at_once(appends, one_by_one());
    for (TaskRunner* runner : std::vector(runners)) {
      SCOPED_TRACE(runner->width());
      expect_same(run_at_once(appends, *runner), expected);
      expect_same(run_disturbed(appends, runners, random, failed_steps), expected);
      std::ranges::rotate(runners, runners.begin() + 1);
    }
  }
  EXPECT_GT(failed_steps["runs."], 0);
  EXPECT_GT(failed_steps["view."], 0);
  EXPECT_GT(failed_steps["numbers"], 0);
}

TEST(ProcessorShardsTest, ARecordThatCannotBeReadStopsProcessingWhoeverReadsIt) {
  const auto shards = ShardThreads::start(4).value();
  World world(*shards);
  Random random(1);
  for (const Append& append : random_appends(random)) {
    world.add(append);
  }
  world.log.batches(PartitionId(3)).front().records.back() ^= 1;
  world.log.batches(PartitionId(3)).front().record_count += 1;
  const Result<void> drained = world.drain();
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(drained.error().message.find("partition 3"), std::string::npos)
      << drained.error().message;
}

}  // namespace
}  // namespace hapax
