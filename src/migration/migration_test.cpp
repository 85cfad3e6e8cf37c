// SPDX-License-Identifier: Apache-2.0
#include "migration/migration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "cluster/record_header.hpp"
#include "collector/partition_choice.hpp"
#include "migration/migration_test_support.hpp"
#include "testing/memory_topic.hpp"
#include "testing/random_cases.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

constexpr PartitionId kControl{0};
constexpr LogId kLog{0x77};
constexpr std::uint32_t kPartitions = 4;
constexpr int kPatience = 10'000;

/// A cluster that nothing was sent to, and the log of a server.
class MigrationTest : public testing::Test {
 protected:
  MigrationTest() { say(ClusterSettings{.epoch = SettingsEpoch(1), .views = "first"}); }

  void fill_log(int events) {
    for (int i = 0; i < events; ++i) {
      log_.add_event("user" + std::to_string(i % 7), "id" + std::to_string(i), i);
      if (i % 10 == 0) {
        log_.add_control("views");
      }
    }
  }
  void say(const ControlNote& note) {
    control_.append(kControl, {{.header = {}, .value = encode_note(note)}}, [](const auto&) {});
    settle();
  }
  /// Another one has, and appended nothing yet.
  void say_that_it_began() {
    ClusterSettings next = holds();
    next.epoch = SettingsEpoch(next.epoch.value() + 1);
    next.migrated = MigratedLog{.log = {.log = kLog}};
    say(next);
  }
  void put_event(PartitionId partition, const std::string& record) {
    const RecordHeader header{.collector = CollectorId(99), .sequence = 1};
    events_.append(partition, {{.header = encode_header(header), .value = record}},
                   [](const auto&) {});
    events_.run();
  }
  void settle() {
    for (int i = 0; i < 20; ++i) {
      control_.run();
      ASSERT_TRUE(follower_.step());
    }
  }
  void step_world() {
    control_.run();
    events_.run();
    clock_.advance(std::chrono::milliseconds(50));
  }

  std::unique_ptr<Migration> another(LogId log = kLog) {
    return std::make_unique<Migration>(
        log, log_.survey().value(), IdHasher(HashKey{}),
        MigrationSettings{.request_records = 3, .collection = {.unsettled_max = 10}},
        Migration::Parts{.events = events_,
                         .control = control_,
                         .follower = follower_,
                         .clock = clock_,
                         .random = random_,
                         .next = log_.reader()});
  }
  Result<bool> run(Migration& migration) {
    Result<bool> done = false;
    for (int i = 0; i < kPatience && done && !*done; ++i) {
      step_world();
      done = migration.step();
    }
    return done;
  }
  std::string refusal_of(Migration& migration) {
    const Result<bool> done = run(migration);
    EXPECT_FALSE(done);
    EXPECT_TRUE(done || done.error().kind == ErrorKind::kInvalid) << done.error().text();
    return done ? "" : done.error().message;
  }

  /// Records of events in the topic, by partition.
  std::map<std::uint32_t, std::vector<std::string>> there() { return in(events_); }
  static std::map<std::uint32_t, std::vector<std::string>> in(MemoryTopic& events) {
    std::map<std::uint32_t, std::vector<std::string>> records;
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      const auto reader = events.read(PartitionId(p), Offset(0));
      const std::span<const TopicRecord> all = reader->poll(100'000).value();
      for (const TopicRecord& record : all) {
        if (decode_header(record.entry.header)->kind == RecordHeader::Kind::kEvent) {
          records[p].push_back(record.entry.value);
        }
      }
    }
    return records;
  }
  std::map<std::uint32_t, std::vector<std::string>> expected() const {
    std::map<std::uint32_t, std::vector<std::string>> records;
    for (const WrittenLog::Event& event : log_.events()) {
      const EventView view{.anonymous_id = event.user};
      records[choose_partition(view, PartitionBy::kUser, kPartitions).value()].push_back(
          event.record);
    }
    return records;
  }
  const ClusterSettings& holds() const { return follower_.state().settings().newest(); }
  ProcessingTime complete() const { return follower_.state().completeness().bound(); }

  WrittenLog log_;
  MemoryTopic events_{kPartitions};
  MemoryTopic control_{1};
  ControlFollower follower_{control_};
  StillClock clock_;
  SeededRandom random_{1};
};

TEST_F(MigrationTest, BringsEveryEventOnceInItsOrder) {
  fill_log(200);
  const auto migration = another();
  EXPECT_TRUE(run(*migration).value());
  EXPECT_EQ(there(), expected());
  EXPECT_EQ(migration->events_done(), 200U);
  EXPECT_EQ(migration->events_found(), 0U);
}

TEST_F(MigrationTest, EventsOfADoubtedClockAreOfTheTimeThatTheDoubtCameTo) {
  log_.add_event("ann", "a", 3600, 1);
  log_.add_event("ann", "b", 7, 2);  // It was right.
  log_.add_clock(
      clock_after_doubts(1, {{.epoch = ClockEpoch(1), .shift = std::chrono::hours(-1)}}));
  ASSERT_TRUE(run(*another()).value());
  std::vector<std::pair<ProcessingTime, std::uint32_t>> found;
  for (const auto& [partition, records] : there()) {
    for (const std::string& record : records) {
      const EventView event = decode_event(record).value();
      found.emplace_back(event.received_at, event.clock_epoch);
    }
  }
  const auto at = [](int second) { return ProcessingTime(std::chrono::seconds(second)); };
  EXPECT_THAT(found, testing::ElementsAre(std::pair(at(0), 0U), std::pair(at(7), 0U)));
}

TEST_F(MigrationTest, ALogWithoutEventsIsBroughtInToo) {
  const auto migration = another();
  EXPECT_TRUE(run(*migration).value());
  EXPECT_TRUE(holds().migrated->is_done);
}

TEST_F(MigrationTest, TheClusterKnowsFromBeforeTheFirstEventUntilAllAreThere) {
  fill_log(200);
  const auto migration = another();
  bool done = false;
  while (!done) {
    step_world();
    done = migration->step().value();
    EXPECT_TRUE(there().empty() || there() == expected() || holds().is_migrating());
    EXPECT_EQ(complete(), ProcessingTime::min());
  }
  EXPECT_FALSE(holds().is_migrating());
  EXPECT_EQ(holds().views, "first");
}

TEST_F(MigrationTest, ItSaysOfNoTimeThatItIsSettled) {
  fill_log(200);
  ASSERT_TRUE(run(*another()).value());
  for (const auto& [offset, note] : follower_.state().reports().since(Offset(0))) {
    if (const auto* report = std::get_if<CollectorReport>(&note.note)) {
      EXPECT_EQ(report->oldest_unsettled, ProcessingTime::min());
    }
  }
}

TEST_F(MigrationTest, ItIsSaidWhatWasBroughtAndWhereItIs) {
  fill_log(50);
  const auto migration = another();
  ASSERT_TRUE(run(*migration).value());
  const MigratedLog& migrated = holds().migrated.value();
  EXPECT_EQ(migrated.log.log, kLog);
  EXPECT_EQ(migrated.log.ends, log_.survey()->ends);
  EXPECT_EQ(migrated.complete_from, std::nullopt);
  ASSERT_EQ(migrated.log.in.size(), kPartitions);
  for (const auto& [partition, records] : there()) {
    EXPECT_GE(migrated.log.in[partition], Offset(records.size()));
    const auto reader = events_.read(PartitionId(partition), Offset(0));
    ASSERT_TRUE(reader->poll(100'000));
    EXPECT_EQ(migrated.log.in[partition], reader->position());
  }
}

/// Else what is brought in would be of a time that has passed.
TEST_F(MigrationTest, NothingThatItAppendsTellsWhatTimeItIs) {
  fill_log(10);
  ASSERT_TRUE(run(*another()).value());
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    const auto reader = events_.read(PartitionId(p), Offset(0));
    const TopicRecord fence = reader->poll(1)->front();
    ASSERT_EQ(decode_header(fence.entry.header)->kind, RecordHeader::Kind::kFence);
    EXPECT_EQ(decode_fence(fence.entry.value).value(), ProcessingTime::min());
  }
}

TEST_F(MigrationTest, OfALogWithoutItsBeginningItIsSaidFromWhenOnItIsWhole) {
  log_.delete_first(1, 9);
  fill_log(50);
  const auto migration = another();
  ASSERT_TRUE(run(*migration).value());
  EXPECT_EQ(holds().migrated->complete_from, log_.survey()->whole_from);
}

TEST_F(MigrationTest, OfALogThatHasNothingLeftItIsWholeFromNowOn) {
  log_.delete_first(1, 9);
  log_.add_control("views");
  ASSERT_TRUE(run(*another()).value());
  ASSERT_TRUE(holds().migrated->complete_from);
  EXPECT_LE(clock_.now() - *holds().migrated->complete_from, std::chrono::minutes(1));
}

TEST_F(MigrationTest, ItsBooksAreThoseOfACollectorThatHasLeft) {
  fill_log(200);
  const auto migration = another();
  ASSERT_TRUE(run(*migration).value());
  std::uint64_t acknowledged = 0;
  for (const auto& [offset, note] : follower_.state().reports().since(Offset(0))) {
    if (const auto* report = std::get_if<CollectorReport>(&note.note)) {
      for (const CollectorAccount& account : report->accounts) {
        acknowledged += account.acknowledged.count;
        EXPECT_TRUE(account.unknown.empty());
      }
    }
  }
  EXPECT_EQ(acknowledged, 200U);
  EXPECT_TRUE(follower_.state().completeness().heard().empty());
}

/// Processes that die one after the other, until one comes to the end.
class Tries {
 public:
  Tries(const WrittenLog& log, std::uint64_t seed) : log_(log), random_(seed) {
    const ClusterSettings settings{.epoch = SettingsEpoch(1)};
    control_.append(kControl, {{.header = {}, .value = encode_note(settings)}}, [](const auto&) {});
  }
  void run() {
    for (int tries = 0; tries < 1'000 && !(done_ && *done_); ++tries) {
      run_one(tries < 20 ? 15 : 0);
      ASSERT_TRUE(done_ || done_.error().kind == ErrorKind::kUnavailable) << done_.error().text();
    }
    ASSERT_TRUE(done_.value());
    events_.let_the_late_arrive();
  }
  MemoryTopic& events() { return events_; }

 private:
  /// Of so many steps in one the brokers do not answer.
  void run_one(std::uint64_t broken_one_in) {
    ControlFollower& follower =
        *followers_.emplace_back(std::make_unique<ControlFollower>(control_));
    for (int i = 0; i < 20; ++i) {
      control_.run();
      ASSERT_TRUE(follower.step());
    }
    Migration& migration = *former_.emplace_back(std::make_unique<Migration>(
        kLog, log_.survey().value(), IdHasher(HashKey{}),
        MigrationSettings{.request_records = 3, .collection = {.unsettled_max = 10}},
        Migration::Parts{events_, control_, follower, clock_, random_, log_.reader()}));
    done_ = false;
    for (std::uint64_t left = random_.below(60); left > 0 && done_ && !*done_; --left) {
      events_.set_broken(broken_one_in > 0 && random_.one_in(broken_one_in));
      control_.set_broken(broken_one_in > 0 && random_.one_in(broken_one_in));
      control_.run();
      events_.run();
      clock_.advance(std::chrono::milliseconds(50));
      done_ = migration.step();
      if (random_.one_in(30)) {
        events_.let_the_late_arrive();
        control_.let_the_late_arrive();
      }
    }
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      events_.reopen(PartitionId(p));  // As the next process does.
    }
  }

  const WrittenLog& log_;
  SeededRandom random_;
  MemoryTopic events_{kPartitions};
  MemoryTopic control_{1};
  StillClock clock_;
  // What a process that ends has on its way goes on.
  std::vector<std::unique_ptr<ControlFollower>> followers_;
  std::vector<std::unique_ptr<Migration>> former_;
  Result<bool> done_ = false;
};

TEST_F(MigrationTest, AnotherOneGoesOnWhereOneWasStopped) {
  fill_log(120);
  for (int seed = 0; seed < random_cases(300); ++seed) {
    Tries tries(log_, static_cast<std::uint64_t>(seed));
    tries.run();
    ASSERT_EQ(in(tries.events()), expected()) << seed;
  }
}

TEST_F(MigrationTest, DoneItIsDone) {
  fill_log(30);
  ASSERT_TRUE(run(*another()).value());
  const auto before = there();
  const SettingsEpoch epoch = holds().epoch;
  EXPECT_TRUE(run(*another()).value());
  EXPECT_EQ(there(), before);
  EXPECT_EQ(holds().epoch, epoch);
}

TEST_F(MigrationTest, AServerThatWentOnIsRefused) {
  fill_log(30);
  ASSERT_TRUE(run(*another()).value());
  log_.add_event("ann", "later", 31);
  EXPECT_THAT(refusal_of(*another()), HasSubstr("went on"));
}

TEST_F(MigrationTest, AnotherServerIsRefused) {
  fill_log(30);
  ASSERT_TRUE(run(*another()).value());
  EXPECT_THAT(refusal_of(*another(LogId(0x78))), HasSubstr("another server"));
}

TEST_F(MigrationTest, ATopicThatHasEventsIsRefusedAndNothingIsSaid) {
  fill_log(30);
  put_event(PartitionId(1), "of nobody");
  EXPECT_THAT(refusal_of(*another()), HasSubstr("partition 1 of the topic of events has some"));
  EXPECT_EQ(holds().migrated, std::nullopt);
}

TEST_F(MigrationTest, ACombinationOfLogsIsRefused) {
  fill_log(30);
  say_that_it_began();
  put_event(PartitionId(1), "of nobody");
  EXPECT_THAT(refusal_of(*another()), HasSubstr("partition 1 of the topic of events has others"));
}

TEST_F(MigrationTest, ATopicThatHasMoreThanTheLogIsRefused) {
  fill_log(30);
  say_that_it_began();
  const std::vector<std::string> own = expected()[2];
  ASSERT_FALSE(own.empty());
  for (const std::string& record : own) {
    put_event(PartitionId(2), record);
  }
  put_event(PartitionId(2), "one more");
  EXPECT_THAT(refusal_of(*another()), HasSubstr("partition 2 of the topic of events has"));
}

TEST_F(MigrationTest, AClusterWhoseCollectorsWereStartedIsRefusedAndNothingIsSaid) {
  fill_log(30);
  say(CollectorJoined{CollectorId(5)});
  EXPECT_THAT(refusal_of(*another()), HasSubstr("collectors"));
  say(CollectorGone{.collector = CollectorId(5), .by_itself = true});
  EXPECT_THAT(refusal_of(*another()), HasSubstr("collectors"));
  EXPECT_TRUE(there().empty());
  EXPECT_EQ(holds().migrated, std::nullopt);
}

TEST_F(MigrationTest, ACollectorThatIsStartedAtTheSameMomentHasItRefused) {
  const auto migration = another();
  while (migration->stage() != Migration::Stage::kLookForEvents) {
    step_world();
    ASSERT_TRUE(migration->step());
  }
  const ControlNote joined = CollectorJoined{CollectorId(5)};
  control_.append(kControl, {{.header = {}, .value = encode_note(joined)}}, [](const auto&) {});
  EXPECT_THAT(refusal_of(*migration), HasSubstr("collectors"));
  EXPECT_EQ(holds().migrated, std::nullopt);
}

TEST_F(MigrationTest, OneThatIsCalledGoneIsBegunAnew) {
  fill_log(200);
  const auto migration = another();
  while (migration->stage() != Migration::Stage::kFence) {
    step_world();
    ASSERT_TRUE(migration->step());
  }
  for (const auto& [collector, count] : follower_.state().completeness().heard()) {
    say(CollectorGone{.collector = collector});
    break;
  }
  const Result<bool> done = run(*migration);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(run(*another()).value());
  EXPECT_EQ(there(), expected());
}

}  // namespace
}  // namespace hapax
