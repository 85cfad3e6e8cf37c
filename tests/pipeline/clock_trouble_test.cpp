// SPDX-License-Identifier: Apache-2.0
// What comes at the wrong moment: a clock that is set while it is judged, requests on their way,
// changed settings, retention, records that are lost, many starts.
#include <gtest/gtest.h>

#include "audit/books.hpp"
#include "hash/id_hasher.hpp"
#include "pipeline/clock_world.hpp"
#include "processing/manifest.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

void set_right(ClockWorld& world) {
  world.machine.error = Microseconds(0);
  world.machine.synchronised = true;
}

/// Of the last checkpoint.
Books stored_books(ClockWorld& world) {
  const std::optional<std::string> stored = world.store.manifest().value();
  const auto manifest = ManifestReader::open(*stored, IdHasher(world.settings.id_key).key_id());
  Books books;
  EXPECT_TRUE(manifest.value().read(ManifestSection::kBooks,
                                    [&](ByteReader& in) { return books.restore(in); }));
  return books;
}

TEST(ClockTroubleTest, AClockThatIsSetRightWhileItIsJudgedIsReadAnew) {
  SettledWorld world;
  const EventTime complete = world.everything().complete_until;
  world.machine.error = days(9);
  world.machine.asked = [&] { set_right(world); };
  world.start();
  const ProcessingTime arrival = world.machine.truth;
  world.send("a", "ann", false);
  world.drain();
  EXPECT_EQ(counted_at(world, arrival), 1U);
  EXPECT_LE(world.everything().complete_until, complete + minutes(5));
}

TEST(ClockTroubleTest, ADoubtWhoseClockIsSetRightWhileItIsLookedAtIsCorrected) {
  SettledWorld world;
  world.machine.error = days(9);
  world.start();
  const ProcessingTime arrival = world.machine.truth;
  world.send("a", "ann", false);
  world.machine.asked = [&] { set_right(world); };
  world.tick();
  world.tick();
  world.drain();
  EXPECT_EQ(counted_at(world, arrival), 1U);
}

TEST(ClockTroubleTest, SettingsThatChangeInADoubtForgetNoId) {
  SettledWorld world;
  world.machine.error = days(9);
  world.start();
  world.settings.results.dedup_window += days(1);
  EXPECT_TRUE(put_in_force(world.settings.results, false, world.log, world.process->arrivals));
  world.drain();
  world.send_all_again();
  EXPECT_EQ(world.unique(), 4U);
}

// More than a state of the clock has room for.
TEST(ClockTroubleTest, AnyNumberOfCorrectionsIsMadeGood) {
  SettledWorld world;
  for (std::size_t doubt = 0; doubt < ClockState::kCorrectionsMax + 3; ++doubt) {
    world.machine.synchronised = false;
    world.machine.error = -days(400);
    world.start();
    world.send(std::to_string(doubt), "ann", false);
    world.machine.advance(minutes(1));
    set_right(world);
    world.tick();
    for (int steps = 0; world.step(); ++steps) {
      ASSERT_LT(steps, 10'000);
    }
  }
  EXPECT_EQ(world.unique(), 4 + ClockState::kCorrectionsMax + 3);
  EXPECT_EQ(counted_at(world, world.machine.truth - minutes(1)), 1U);
}

// What was stamped before a clock was set back is no later than what comes after it.
TEST(ClockTroubleTest, StartsAfterAClockWasSetBackForgetNoId) {
  SettledWorld world;
  world.machine.synchronised = true;
  world.machine.error = days(9);
  world.start();
  world.send("ahead", "ann", false);
  world.drain();
  world.machine.error = Microseconds(0);
  for (int start = 0; start < 3; ++start) {
    world.machine.advance(minutes(1));
    world.start();
    world.drain();
  }
  world.send_again("ahead");
  world.drain();
  EXPECT_EQ(world.unique(), 5U);
}

TEST(ClockTroubleTest, SmallJumpsThatAreConfirmedEachTimeAddUpToNothing) {
  SettledWorld world;
  for (int start = 0; start < 12; ++start) {
    world.machine.synchronised = false;
    world.machine.error = -hours(20);
    world.start();
    world.machine.advance(minutes(1));
    set_right(world);
    world.start();
    world.drain();
  }
  world.send_all_again();
  EXPECT_EQ(world.unique(), 4U);
}

TEST(ClockTroubleTest, WhatIsOnItsWayWhenTheClockIsSetBackForgetsNoId) {
  SettledWorld world;
  world.machine.synchronised = true;
  world.machine.error = days(9);
  world.start();
  world.send("ahead", "ann", false);
  const auto arrival = world.process->arrivals.arrive();
  world.machine.error = Microseconds(0);
  world.tick();
  world.log.add(PartitionId(0), {{.source = "web",
                                  .message_id = "on-its-way",
                                  .received_at = arrival.received_at(),
                                  .event_time = as_event_time(arrival.received_at())}});
  world.send_again("ahead");
  world.drain();
  EXPECT_EQ(world.unique(), 6U);
}

// The beginning of the log is gone, and so are state and base.
TEST(ClockTroubleTest, ARebuildBeginsBehindACorrectedDoubt) {
  SettledWorld world;
  world.machine.error = days(9);
  world.start();
  world.send("a", "ann", false);
  set_right(world);
  world.tick();
  world.drain();
  world.log.drop(PartitionId(0), world.log.batches(PartitionId(0)).size());
  world.send("b", "ann", false);
  EXPECT_TRUE(world.store.reset());
  world.start();
  world.drain();
  EXPECT_EQ(world.unique(), 1U);
}

// A start appends before the processor says what it still needs.
TEST(ClockTroubleTest, EveryFileStaysUntilAllReadersHaveSubscribed) {
  SettledWorld world;
  world.keeper_settings.retention_bytes = 1;
  world.machine.error = days(9);
  world.start();
  set_right(world);
  world.tick();
  world.drain();
  EXPECT_TRUE(world.process->core->checkpoint());
  world.crash();
  for (const char* reader : {"clock", "processor", "base"}) {
    world.log.unsubscribe(reader);
  }
  world.settings.results.out_of_order_bound += minutes(1);
  const NotifyId retains = world.log.on_durable([&] { world.log.retain(); });
  world.start();
  world.log.off_durable(retains);
  EXPECT_EQ(world.log.starts()[0].offset, Offset(0));
}

TEST(ClockTroubleTest, AcceptingACorrectedClockDropsNoFile) {
  SettledWorld world;
  world.machine.error = -days(400);
  world.start();
  EXPECT_TRUE(world.process->keeper->correct(days(400)));
  EXPECT_TRUE(world.process->keeper->accept());
  world.drain();
  EXPECT_TRUE(world.process->core->checkpoint());
  world.tick();
  EXPECT_TRUE(world.clock().keeps_files);
}

TEST(ClockTroubleTest, OlderDoubtsAreAcceptedAsStampedWhenCountsCannotBeMadeAnew) {
  SettledWorld world;
  world.machine.error = days(9);
  world.start();
  world.send("a", "ann", false);
  world.machine.error = -days(400);
  world.start();
  world.send("b", "ann", false);
  world.obstacle = "the beginning of the log is gone";
  EXPECT_TRUE(world.process->keeper->accept());
  EXPECT_EQ(world.clock().undecided, 0U);
  world.drain();
  EXPECT_EQ(world.unique(), 6U);
}

// A repaired log: nobody says that the doubt begins.
TEST(ClockTroubleTest, ADoubtWhoseBeginningIsLostEnds) {
  SettledWorld world;
  world.machine.error = days(9);
  world.start();
  auto& beginning = world.log.batches(PartitionId(0)).back();
  ASSERT_TRUE(beginning.is_control);
  beginning.records.clear();
  append_framed(control_record("lost", ""), beginning.records);
  world.send("a", "ann", false);
  world.drain();
  EXPECT_TRUE(world.process->keeper->accept());
  world.drain();
  EXPECT_TRUE(world.process->core->checkpoint());
  EXPECT_TRUE(stored_books(world).epochs().empty()) << "nothing is kept apart any more";
}

}  // namespace
}  // namespace hapax
