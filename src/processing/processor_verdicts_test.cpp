// SPDX-License-Identifier: Apache-2.0
// What a rebuild makes of the verdicts that are known.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "testing/processor_harness.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using ReadOrder = ScriptedLog::ReadOrder;

constexpr std::int64_t kWindowSeconds = 400;  // Four spans of 100 s.

ProcessorSettings short_window() {
  ProcessorSettings settings = small_settings();
  settings.results.dedup_window = seconds(kWindowSeconds);
  return settings;
}

struct VerdictWorld : ProcessorHarness {
  explicit VerdictWorld(std::uint32_t partitions = 2)
      : ProcessorHarness(partitions, short_window()) {}

  void receive(std::uint32_t partition, std::string_view id, std::int64_t at) {
    log.add(PartitionId(partition), {shop_event(id, seconds(at))});
    EXPECT_TRUE(drain());
  }
  std::vector<Verdict> decided(std::uint32_t partition) {
    return verdicts_of(*verdicts.log, partition);
  }
  void rebuild(ReadOrder order) {
    log.set_read_order(order);
    lose_state();
    EXPECT_TRUE(drain());
  }
  /// Three tries a window apart: which of them count depends on the order of reading.
  void receive_three_tries() {
    receive(1, "id", 0);
    receive(0, "id", 450);
    receive(1, "id", 850);
    EXPECT_TRUE(core->checkpoint());
  }
};

TEST(ProcessorVerdictsTest, EveryRecordGetsOne) {
  VerdictWorld world(1);
  EventView event = shop_event("a", seconds(1));
  EventView conflict = event;
  conflict.name = "Sold";
  EventView restamped = event;
  restamped.event_time += seconds(1);
  EventView rejected = shop_event("", seconds(2));
  rejected.rejection = RejectionView{};
  world.log.settle_at_once();
  world.log.add(PartitionId(0), {event, event, conflict});
  ASSERT_TRUE(world.log.append_control(control_record("test", ""), [](const auto&) {}));
  world.log.add(PartitionId(0), {restamped, rejected});
  ASSERT_TRUE(world.drain());
  const auto expected = ElementsAre(Verdict::kUnique, Verdict::kDuplicate, Verdict::kConflict,
                                    Verdict::kControl, Verdict::kRestamped, Verdict::kRejected);
  EXPECT_THAT(world.decided(0), expected) << "in memory";
  ASSERT_TRUE(world.core->checkpoint());
  world.open();
  EXPECT_THAT(world.decided(0), expected);
}

TEST(ProcessorVerdictsTest, AnotherReadingOrderWouldDecideOtherwise) {
  VerdictWorld world;
  world.receive_three_tries();
  const std::uint64_t unique = world.books("shop").unique;
  world.verdicts.lose();
  world.rebuild(ReadOrder::kPartitionByPartition);
  EXPECT_NE(world.books("shop").unique, unique) << "else the tests here test nothing";
}

TEST(ProcessorVerdictsTest, ARebuildInAnotherOrderDecidesAsBefore) {
  VerdictWorld world;
  world.receive_three_tries();
  const std::uint64_t unique = world.books("shop").unique;
  const auto decided = world.decided(1);
  world.rebuild(ReadOrder::kPartitionByPartition);
  EXPECT_EQ(world.books("shop").unique, unique);
  EXPECT_EQ(world.decided(1), decided);
  EXPECT_EQ(world.verdicts.log->stats().begun_anew, 0U);
}

// A new record is decided only when all that were decided before it are known again.
TEST(ProcessorVerdictsTest, WhatIsNewIsDecidedBehindWhatIsKnown) {
  VerdictWorld world;
  world.receive(1, "id", 0);
  world.receive(0, "other", 1);
  ASSERT_TRUE(world.core->checkpoint());
  world.log.add(PartitionId(0), {shop_event("id", seconds(10))});
  world.rebuild(ReadOrder::kPartitionByPartition);
  EXPECT_THAT(world.decided(1), ElementsAre(Verdict::kUnique));
  EXPECT_THAT(world.decided(0), ElementsAre(Verdict::kUnique, Verdict::kRestamped));
  EXPECT_EQ(world.books("shop").unique, 2U);
  EXPECT_EQ(world.counted(), 2U);
  ASSERT_TRUE(world.core->checkpoint());
  world.receive(0, "id", 20);
  EXPECT_EQ(world.books("shop").duplicate, 2U);
}

TEST(ProcessorVerdictsTest, ARebuildFillsTheStoreAsDedupDid) {
  VerdictWorld world;
  for (int i = 0; i < 200; ++i) {
    world.receive(static_cast<std::uint32_t>(i % 2), std::to_string(i / 3), 5 * i);
  }
  ASSERT_TRUE(world.core->checkpoint());
  const MemoryStateStore::Table none;
  std::vector<std::map<std::string, MemoryStateStore::Table, std::less<>>> tables;
  std::vector<std::string> manifests;
  for (const bool with_verdicts : {true, false}) {
    if (!with_verdicts) {
      world.verdicts.lose();
    }
    world.rebuild(ReadOrder::kRoundRobin);
    ASSERT_TRUE(world.core->checkpoint());
    tables.push_back(world.store.tables());
    manifests.push_back(*world.store.manifest().value());
  }
  EXPECT_EQ(tables[0], tables[1]);
  EXPECT_EQ(manifests[0], manifests[1]);
}

TEST(ProcessorVerdictsTest, RetriesOfWhatARebuildRemembersAreRecognised) {
  VerdictWorld world;
  world.receive(0, "a", 0);
  world.receive(0, "a", 1);
  ASSERT_TRUE(world.core->checkpoint());
  world.rebuild(ReadOrder::kRoundRobin);
  world.receive(0, "a", 2);
  EXPECT_EQ(world.books("shop").duplicate, 2U);
  EXPECT_EQ(world.books("shop").unique, 1U);
}

// The log has other records now under the same offsets, and more of them.
TEST(ProcessorVerdictsTest, ThoseOfAnotherLogAreNotBelieved) {
  VerdictWorld other;
  other.receive(0, "a", 0);
  other.receive(0, "a", 1);
  other.receive(1, "b", 1);
  ASSERT_TRUE(other.core->checkpoint());
  VerdictWorld world;
  world.receive(0, "c", 0);
  world.receive(0, "d", 1);
  world.receive(1, "b", 1);
  world.receive(0, "e", 2);
  world.verdicts.put_back(other.verdicts.disk.image());
  world.rebuild(ReadOrder::kRoundRobin);
  EXPECT_EQ(world.books("shop").unique, 4U);
  EXPECT_EQ(world.verdicts.log->stats().begun_anew, 1U);
  EXPECT_THAT(world.decided(0), ElementsAre(Verdict::kUnique, Verdict::kUnique, Verdict::kUnique));
}

// As after a repair that had to say a lost control record again.
TEST(ProcessorVerdictsTest, ThoseOfALogWithOtherOffsetsAreNotBelieved) {
  VerdictWorld world(1);
  world.receive(0, "a", 0);
  world.receive(0, "a", 1);
  world.receive(0, "b", 2);
  ASSERT_TRUE(world.core->checkpoint());
  const DiskImage verdicts = world.verdicts.disk.image();
  VerdictWorld repaired(1);
  repaired.log.settle_at_once();
  repaired.receive(0, "a", 0);
  ASSERT_TRUE(repaired.log.append_control(control_record("test", ""), [](const auto&) {}));
  repaired.receive(0, "a", 1);
  repaired.receive(0, "b", 2);
  repaired.verdicts.put_back(verdicts);
  repaired.rebuild(ReadOrder::kRoundRobin);
  EXPECT_EQ(repaired.books("shop").unique, 2U);
  EXPECT_EQ(repaired.verdicts.log->stats().begun_anew, 1U);
}

TEST(ProcessorVerdictsTest, ThoseThatGoOnBehindTheLogAreNotBelieved) {
  VerdictWorld other(1);
  for (int i = 0; i < 3; ++i) {
    other.receive(0, "a", i);
  }
  ASSERT_TRUE(other.core->checkpoint());
  VerdictWorld world(1);
  world.receive(0, "a", 0);
  world.verdicts.put_back(other.verdicts.disk.image());
  world.rebuild(ReadOrder::kRoundRobin);
  world.receive(0, "b", 1);
  EXPECT_EQ(world.books("shop").unique, 2U);
}

// Which stops processing, but not the process.
TEST(ProcessorVerdictsTest, ALogThatIsDamagedWhereTheyEndIsOpenedWithoutThem) {
  VerdictWorld world(1);
  world.receive(0, "a", 0);
  ASSERT_TRUE(world.core->checkpoint());
  world.log.fail_polls(Error{ErrorKind::kCorrupt, "damaged"});
  world.lose_state();
  EXPECT_FALSE(world.drain());
  EXPECT_EQ(world.verdicts.log->stats().begun_anew, 1U);
}

/// Damages the block of that number of the first file.
void damage(VerdictWorld& world, std::size_t number) {
  const std::string path =
      world.verdicts.settings.directory + "/" +
      world.verdicts.disk.list(world.verdicts.settings.directory).value().at(0);
  std::string content = world.verdicts.disk.content(path);
  std::size_t at = std::string::npos;
  for (std::size_t i = 0; i <= number; ++i) {
    at = content.find("HRVB", at + 1);
  }
  content[at + 20] ^= 1;
  world.verdicts.disk.set_content(path, content);
}

TEST(ProcessorVerdictsTest, WhereOneIsDamagedDedupDecidesFromThereOn) {
  VerdictWorld world(1);
  for (int i = 0; i < 5; ++i) {
    world.receive(0, "first", 10 * i);
    world.receive(0, std::to_string(i), 10 * i);
    ASSERT_TRUE(world.core->checkpoint());
  }
  const auto decided = world.decided(0);
  const SourceAudit books = world.books("shop");
  world.open();  // So that all are in one file.
  damage(world, 2);
  world.rebuild(ReadOrder::kRoundRobin);
  EXPECT_EQ(world.books("shop").unique, books.unique);
  EXPECT_EQ(world.books("shop").duplicate, books.duplicate);
  EXPECT_EQ(world.verdicts.log->stats().begun_anew, 1U);
  EXPECT_THAT(world.verdicts.log->stats().complete_from, ElementsAre(Offset(4)));
  ASSERT_TRUE(world.core->checkpoint());
  world.open();
  VerdictReader reader(*world.verdicts.log);
  const auto found = reader.read(PartitionId(0), Offset(0)).value();
  EXPECT_EQ(found->run.base, Offset(4));
  EXPECT_EQ(found->run.verdicts, std::vector(decided.begin() + 4, decided.end()));
}

// Which reads partition 1 while 0 has been passed over, and finds the damage there.
TEST(ProcessorVerdictsTest, DamageBehindWhatWasPassedOverLosesNothing) {
  VerdictWorld world;
  world.receive(1, "a", 0);
  world.receive(0, "b", 1);
  ASSERT_TRUE(world.core->checkpoint());
  for (const char* id : {"c", "e"}) {
    world.receive(1, id, 2);
    ASSERT_TRUE(world.core->checkpoint());
  }
  world.receive(0, "d", 3);
  world.receive(0, "a", 3);
  world.open();
  damage(world, 2);
  world.rebuild(ReadOrder::kPartitionByPartition);
  EXPECT_EQ(world.verdicts.log->stats().begun_anew, 1U);
  EXPECT_EQ(world.books("shop").received, 6U);
  EXPECT_EQ(world.counted(), 5U);
  world.receive(0, "b", 4);
  EXPECT_EQ(world.books("shop").duplicate, 2U);
}

// The store fails in the middle of the batch at which the damage is met.
TEST(ProcessorVerdictsTest, AHalfAppliedBatchIsTakenUpAlsoWhenOthersWerePassedOver) {
  VerdictWorld world;
  world.receive(1, "a", 0);
  ASSERT_TRUE(world.core->checkpoint());
  ASSERT_TRUE(world.keep_base());
  world.receive(0, "b", 1);
  ASSERT_TRUE(world.core->checkpoint());
  world.log.add(PartitionId(1), {shop_event("c", seconds(2)), shop_event("a", seconds(2))});
  ASSERT_TRUE(world.drain());
  ASSERT_TRUE(world.core->checkpoint());
  world.receive(1, "e", 3);
  ASSERT_TRUE(world.core->checkpoint());
  world.receive(0, "d", 3);
  world.open();
  damage(world, 2);
  world.log.set_read_order(ReadOrder::kPartitionByPartition);
  world.lose_state();
  world.store.fail_reads("runs", Error{ErrorKind::kUnavailable, "I/O error"});
  EXPECT_FALSE(world.drain());
  world.store.fail_reads("runs", std::nullopt);
  ASSERT_TRUE(world.drain());
  EXPECT_EQ(world.verdicts.log->stats().begun_anew, 1U);
  EXPECT_EQ(world.books("shop").received, 6U);
  EXPECT_EQ(world.books("shop").duplicate, 1U);
  EXPECT_EQ(world.counted(), 5U);
}

// A state of a version without verdicts.
TEST(ProcessorVerdictsTest, TheyBeginWhereAStateWithoutAnyStands) {
  VerdictWorld world(1);
  world.receive(0, "a", 0);
  world.receive(0, "a", 1);
  ASSERT_TRUE(world.core->checkpoint());
  world.verdicts.lose();
  world.open();
  EXPECT_THAT(world.verdicts.log->stats().complete_from, ElementsAre(Offset(2)));
  EXPECT_EQ(world.core->audit().partitions.at(0).verdicts_from, Offset(2));
  EXPECT_EQ(world.verdicts.log->stats().begun_anew, 0U) << "there were none";
  world.receive(0, "a", 2);
  ASSERT_TRUE(world.core->checkpoint());
  world.rebuild(ReadOrder::kRoundRobin);
  EXPECT_THAT(world.decided(0),
              ElementsAre(Verdict::kUnique, Verdict::kRestamped, Verdict::kRestamped))
      << "made by a rebuild from the log's beginning";
  EXPECT_THAT(world.verdicts.log->stats().complete_from, ElementsAre(Offset(0)));
}

TEST(ProcessorVerdictsTest, ARebuildFromTheBaseUsesThoseBehindIt) {
  VerdictWorld world;
  world.receive(0, "a", 0);
  ASSERT_TRUE(world.core->checkpoint());
  ASSERT_TRUE(world.keep_base());
  world.receive_three_tries();
  world.log.retain();
  const SourceAudit books = world.books("shop");
  world.rebuild(ReadOrder::kPartitionByPartition);
  EXPECT_EQ(world.books("shop").unique, books.unique);
  EXPECT_EQ(world.books("shop").duplicate, books.duplicate);
  EXPECT_EQ(world.verdicts.log->stats().begun_anew, 0U);
}

TEST(ProcessorVerdictsTest, FilesGoWithTheRecordsOfTheLog) {
  VerdictWorld world(1);
  world.verdicts.settings.file_bytes = 1;  // A file a checkpoint.
  world.open();
  const auto files = [&] {
    return world.verdicts.disk.list(world.verdicts.settings.directory).value().size();
  };
  for (int i = 0; i < 4; ++i) {
    world.receive(0, std::to_string(i), i);
    ASSERT_TRUE(world.core->checkpoint());
  }
  EXPECT_EQ(files(), 4U);
  ASSERT_TRUE(world.keep_base());
  world.log.drop(PartitionId(0), 2);
  world.receive(0, "next", 5);
  ASSERT_TRUE(world.core->checkpoint());
  EXPECT_EQ(files(), 3U);
}

TEST(ProcessorVerdictsTest, NoCheckpointHoldsWhatHasNoVerdictOnDisk) {
  VerdictWorld world(1);
  world.receive(0, "a", 0);
  ASSERT_TRUE(world.core->checkpoint());
  world.receive(0, "b", 1);
  world.verdicts.disk.before_op([](const DiskOp&) {
    return Error{ErrorKind::kExhausted, "disk full"};
  });
  EXPECT_FALSE(world.core->checkpoint());
  world.verdicts.disk.before_op({});
  world.open();
  EXPECT_EQ(world.books("shop").unique, 1U) << "the state of the first checkpoint";
}

/// A run with a checkpoint now and then, and what the store held when so many operations of the
/// verdicts' disk were done.
struct CrashedRun {
  explicit CrashedRun(VerdictWorld& of) : world(of) {
    world.verdicts.disk.before_op([this](const DiskOp&) {
      stores.emplace_back(world.verdicts.disk.trace().size(), world.store);
      return std::nullopt;
    });
  }
  MemoryStateStore store_at(std::size_t op_count) const {
    MemoryStateStore store;
    for (const auto& [at, then] : stores) {
      store = at <= op_count ? then : store;
    }
    return store;
  }

  VerdictWorld& world;
  std::vector<std::pair<std::size_t, MemoryStateStore>> stores;
};

// Whatever the disk holds of the verdicts then: they reach as far as the checkpoint, and the state
// comes to what it was.
TEST(ProcessorVerdictsTest, APowerFailureAroundACheckpointChangesNothing) {
  VerdictWorld world;
  world.verdicts.settings.file_bytes = 300;
  world.open();
  CrashedRun run(world);
  for (int i = 0; i < 40; ++i) {
    world.receive(static_cast<std::uint32_t>(i % 2), std::to_string(i * 7 % 10), 40 * i);
    if (i % 5 == 4) {
      ASSERT_TRUE(world.core->checkpoint());
    }
  }
  run.stores.emplace_back(world.verdicts.disk.trace().size(), world.store);
  SeededRandom random(1);
  const std::vector decided{world.decided(0), world.decided(1)};
  const CrashStorage& disk = world.verdicts.disk;
  for (std::size_t op_count = 0; op_count <= disk.trace().size(); ++op_count) {
    for (std::uint64_t kept = 0; kept < 5; ++kept) {
      VerdictWorld after;
      after.verdicts.settings.file_bytes = 300;
      for (std::uint32_t p = 0; p < 2; ++p) {
        after.log.batches(PartitionId(p)) = world.log.batches(PartitionId(p));
      }
      after.store = run.store_at(op_count);
      after.core.reset();
      after.verdicts.put_back(kept == 0 ? disk.crash(op_count, 0) : disk.crash(op_count, random));
      after.open();
      EXPECT_EQ(after.verdicts.log->stats().begun_anew, 0U) << op_count;
      ASSERT_TRUE(after.drain());
      EXPECT_EQ(after.books("shop").unique, world.books("shop").unique) << op_count;
      EXPECT_EQ(after.decided(0), decided[0]) << op_count;
      EXPECT_EQ(after.decided(1), decided[1]) << op_count;
    }
  }
}

TEST(ProcessorVerdictsTest, ReadersSeeWhatNoCheckpointHolds) {
  VerdictWorld world(1);
  world.receive(0, "a", 0);
  ASSERT_TRUE(world.core->checkpoint());
  world.receive(0, "a", 1);
  VerdictReader reader(*world.verdicts.log);
  const auto found = reader.read(PartitionId(0), Offset(1)).value();
  ASSERT_TRUE(found);
  EXPECT_THAT(found->run.verdicts, ElementsAre(Verdict::kRestamped));
  EXPECT_EQ(found->durable_until, Offset(1));
}

}  // namespace
}  // namespace hapax
