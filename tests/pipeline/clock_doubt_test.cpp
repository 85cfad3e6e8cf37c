// SPDX-License-Identifier: Apache-2.0
// Starts under a wrong clock: what is believed, what a doubt holds back, and how it ends.
#include <gtest/gtest.h>

#include "pipeline/clock_world.hpp"

namespace hapax {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

EventTime minute_of(ProcessingTime time) {
  return minute_start(as_event_time(time));
}

class ClockDoubtTest : public testing::TestWithParam<Microseconds> {};

INSTANTIATE_TEST_SUITE_P(WrongReadings, ClockDoubtTest,
                         testing::Values(days(9), days(30), days(3650), -days(9), -days(30),
                                         -days(56 * 365)));

// Reliability row 49.
TEST_P(ClockDoubtTest, AWrongFirstReadingForgetsNoIdAndClosesNothing) {
  SettledWorld world;
  const EventTime complete = world.everything().complete_until;
  world.machine.error = GetParam();
  world.start();
  EXPECT_TRUE(world.clock().is_doubted);
  world.send("doubted", "ann", false);
  for (const char* user : {"ann", "bob", "cat", "dan"}) {
    world.send_again(std::string("first-") + user);
  }
  world.send_again("doubted");
  world.drain();
  EXPECT_EQ(world.unique(), 5U);
  EXPECT_EQ(world.everything().complete_until, complete);
  world.machine.advance(minutes(10));
  world.drain();
  EXPECT_EQ(world.everything().complete_until, complete);
}

// Reliability row 49: what was counted in a wrong minute is counted in the right one, and no
// verdict changes.
TEST_P(ClockDoubtTest, CountsWhereItBelongsOnceTheClockIsSynchronised) {
  SettledWorld world;
  world.machine.error = GetParam();
  world.start();
  const ProcessingTime arrival = world.machine.truth;
  world.send("without-time", "ann", false);
  world.send("with-time", "bob", true);
  world.send_again("first-cat");
  world.drain();
  world.machine.advance(minutes(20));
  world.machine.error = Microseconds(0);
  world.machine.synchronised = true;
  world.tick();
  EXPECT_FALSE(world.clock().is_doubted);
  world.send("after", "ann", false);
  world.drain();
  EXPECT_EQ(counted_at(world, arrival), 2U);
  EXPECT_EQ(counted_at(world, world.machine.truth), 1U);
  EXPECT_EQ(world.unique(), 7U);
  world.send_again("without-time");
  world.send_again("with-time");
  world.send_again("first-dan");
  world.drain();
  EXPECT_EQ(world.unique(), 7U);
  world.machine.advance(hours(1));
  world.drain();
  EXPECT_EQ(world.everything().complete_until, minute_of(world.machine.truth - seconds(20)));
}

// The ids of before and of the doubt get old by running time, whatever was decided.
TEST_P(ClockDoubtTest, KeepsIdsForAWindowOfRunningTimeAfterASteadyClockIsBelieved) {
  SettledWorld world;
  world.machine.error = GetParam();
  world.start();
  world.send("doubted", "ann", false);
  world.machine.advance(hours(3));
  world.tick();
  EXPECT_FALSE(world.clock().is_doubted);
  world.send("believed", "ann", false);
  world.drain();
  world.machine.advance(days(6));
  for (const char* id : {"first-ann", "first-dan", "doubted", "believed"}) {
    world.send_again(id);
  }
  world.drain();
  EXPECT_EQ(world.unique(), 6U);
}

TEST_P(ClockDoubtTest, DropsNoFileUntilItIsOver) {
  SettledWorld world;
  EXPECT_TRUE(world.store.keep_base());
  world.process->core->commit_base();
  world.machine.error = GetParam();
  world.start();
  world.send("doubted", "ann", false);
  world.drain();
  EXPECT_TRUE(world.process->core->checkpoint());
  EXPECT_FALSE(world.process->core->base_wanted());
  world.tick();
  world.log.retain();
  EXPECT_EQ(world.log.starts()[0].offset, Offset(0));
  EXPECT_TRUE(world.process->keeper->accept());
  world.drain();
  EXPECT_TRUE(world.process->core->checkpoint());
  EXPECT_TRUE(world.process->core->base_wanted());
  EXPECT_TRUE(world.store.keep_base());
  world.process->core->commit_base();
  world.log.retain();
  EXPECT_EQ(
      world.log.starts(),
      (std::vector<PartitionStart>{{world.log.end_offsets()[0], world.log.starts()[0].digest}}));
}

TEST(ClockDoubtTest, AnAcceptedClockClosesWhatIsBeforeIt) {
  SettledWorld world(4);
  world.machine.advance(days(30));  // The machine was off.
  world.start();
  EXPECT_TRUE(world.clock().is_doubted);
  world.send("a", "ann", false);
  world.drain();
  EXPECT_TRUE(world.process->keeper->accept());
  EXPECT_FALSE(world.clock().is_doubted);
  world.machine.advance(minutes(5));
  world.drain();
  EXPECT_EQ(world.everything().complete_until, minute_of(world.machine.truth - seconds(20)));
  EXPECT_TRUE(world.process->core->checkpoint());
  EXPECT_FALSE(world.store.tables().contains("cells.1"));  // They are with the others now.
}

TEST(ClockDoubtTest, AnOperatorCorrectsItByAShift) {
  SettledWorld world;
  world.machine.error = days(9);
  world.start();
  const ProcessingTime arrival = world.machine.truth;
  world.send("a", "ann", false);
  EXPECT_FALSE(world.process->keeper->correct(std::nullopt));  // The machine's clock did not step.
  EXPECT_TRUE(world.process->keeper->correct(-days(9)));
  world.drain();
  EXPECT_EQ(counted_at(world, arrival), 1U);
  world.machine.advance(minutes(2));
  const ProcessingTime later = world.machine.truth;
  world.send("b", "ann", false);  // The machine's clock is still wrong.
  world.drain();
  EXPECT_EQ(counted_at(world, later), 1U);
}

TEST(ClockDoubtTest, AnEmptyLogIsDoubtedUnlessSomebodyKnows) {
  ClockWorld world(1);
  world.start();
  EXPECT_TRUE(world.clock().is_doubted);
  world.send("a", "ann", false);
  world.drain();
  EXPECT_EQ(world.unique(), 1U);
  EXPECT_EQ(counted_at(world, world.machine.truth), 1U);
  ClockWorld trusted(1);
  trusted.keeper_settings.trust_start = true;
  trusted.start();
  EXPECT_FALSE(trusted.clock().is_doubted);
  ClockWorld synchronised(1);
  synchronised.machine.synchronised = true;
  synchronised.start();
  EXPECT_FALSE(synchronised.clock().is_doubted);
}

// One of them alone would be taken.
TEST(ClockDoubtTest, TheSumOfJumpsThatNobodyConfirmedIsBounded) {
  SettledWorld world;
  for (const bool doubted : {false, false, true}) {
    world.machine.advance(hours(11));
    world.start();
    EXPECT_EQ(world.clock().is_doubted, doubted);
    world.send("again", "ann", false);
    world.drain();
  }
  SettledWorld confirmed;
  for (int start = 0; start < 5; ++start) {
    confirmed.machine.advance(hours(11));
    confirmed.start();
    EXPECT_FALSE(confirmed.clock().is_doubted);
    confirmed.machine.synchronised = true;
    confirmed.tick();
    confirmed.machine.synchronised = false;
    confirmed.send("again", "ann", false);
    confirmed.drain();
  }
}

TEST(ClockDoubtTest, ADoubtGoesOnOverARestartAndANewErrorIsOneOfItsOwn) {
  SettledWorld world;
  world.machine.error = days(9);
  world.start();
  world.send("a", "ann", false);
  const ClockEpoch first = world.clock().epoch;
  world.start();
  EXPECT_EQ(world.clock().epoch, first);
  world.machine.error = -days(400);
  world.start();
  EXPECT_EQ(world.clock().epoch, ClockEpoch(first.value() + 1));
  EXPECT_EQ(world.clock().undecided, 2U);
  world.send("b", "ann", false);
  // What was stamped when is not known any more, but that it was before now.
  world.machine.error = Microseconds(0);
  world.machine.synchronised = true;
  world.start();
  world.drain();
  EXPECT_EQ(world.clock().undecided, 0U);
  EXPECT_EQ(counted_at(world, world.machine.truth), 2U);
}

TEST(ClockDoubtTest, AStepWhileItRunsIsFollowedOnceItIsSynchronised) {
  for (const Microseconds error : {Microseconds(hours(3)), Microseconds(-hours(3))}) {
    SettledWorld world;
    world.machine.error = error;
    world.start();
    EXPECT_FALSE(world.clock().is_doubted);
    world.send("a", "ann", false);
    world.machine.error = Microseconds(0);
    world.machine.synchronised = true;
    world.tick();
    EXPECT_EQ(world.clock().stepped, Microseconds(0));
    world.send("b", "ann", false);
    world.drain();
    EXPECT_EQ(counted_at(world, world.machine.truth), 1U);
  }
}

// Nobody knows that it is right: files get old by running time.
TEST(ClockDoubtTest, FilesStayForTheirAgeAfterASteadyClockIsBelieved) {
  SettledWorld world;
  world.machine.error = days(90);
  world.start();
  world.machine.advance(hours(3));
  world.tick();
  EXPECT_FALSE(world.clock().is_doubted);
  EXPECT_TRUE(world.clock().keeps_files);
  world.start();
  world.drain();
  EXPECT_TRUE(world.process->core->checkpoint());
  world.machine.advance(days(29));
  world.tick();
  EXPECT_TRUE(world.clock().keeps_files);
  world.machine.advance(days(2));
  world.tick();
  EXPECT_FALSE(world.clock().keeps_files);
}

// All that decides an event's time is decided again.
TEST(ClockDoubtTest, CorrectedEventsAreThoseOfARightClock) {
  constexpr const char* kBodies[] = {
      R"("timestamp":"T-60","sentAt":"T-50")",
      R"("timestamp":"T-7200","sentAt":"T-3600")",
      R"("timestamp":"T-7200","sentAt":"T-3600","context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}})",
      R"("timestamp":"T-7200","sentAt":"T-3600","context":{"library":{"name":"analytics-python"}})",
      R"("timestamp":"T+3700","sentAt":"T+3600")",
      R"("timestamp":"T+90000")",
      R"("timestamp":"L-7200","sentAt":"T-3600")",
      R"("timestamp":"yesterday","sentAt":"T-3600")",
      R"("sentAt":"T-3600")",
      R"("timestamp":"T-40000000","sentAt":"T-39999990")",
  };
  for (const Microseconds error :
       {Microseconds(days(9)), Microseconds(-days(20)), Microseconds(-days(56 * 365))}) {
    SettledWorld right;
    SettledWorld wrong;
    wrong.machine.error = error;
    right.machine.synchronised = true;
    right.start();
    wrong.start();
    for (ClockWorld* world : {static_cast<ClockWorld*>(&right), static_cast<ClockWorld*>(&wrong)}) {
      for (const char* body : kBodies) {
        world->send_times(body);
      }
      world->machine.error = Microseconds(0);
      world->machine.synchronised = true;
      world->tick();
      world->drain();
    }
    const auto starts = [](const ClockWorld& world) {
      std::map<EventTime, std::uint64_t> counts;
      const MinuteCells answer = world.everything();
      for (const Cell& cell : answer.cells) {
        counts[cell.start] += cell.count;
      }
      return counts;
    };
    EXPECT_EQ(starts(wrong), starts(right)) << error.count();
    const SourceAudit expected = right.process->core->audit().sources[0];
    const SourceAudit audit = wrong.process->core->audit().sources[0];
    EXPECT_EQ(audit.clock_ahead, expected.clock_ahead);
    EXPECT_EQ(audit.clock_behind, expected.clock_behind);
    EXPECT_EQ(audit.clock_corrected, expected.clock_corrected);
    EXPECT_EQ(audit.time_unreadable, expected.time_unreadable);
  }
}

TEST(ClockDoubtTest, StaysWhenCountsCannotBeMadeAnew) {
  SettledWorld world;
  world.machine.error = days(9);
  world.start();
  world.send("a", "ann", false);
  world.obstacle = "the beginning of the log is gone";
  world.machine.error = Microseconds(0);
  world.machine.synchronised = true;
  world.tick();
  EXPECT_TRUE(world.clock().is_doubted);
  EXPECT_NE(world.clock().reason.find(world.obstacle), std::string::npos);
  EXPECT_FALSE(world.process->keeper->correct(-days(9)));
  EXPECT_TRUE(world.process->keeper->accept());
  EXPECT_FALSE(world.clock().is_doubted);
}

// What was complete before a doubt changes by a revision only.
TEST(ClockDoubtTest, AnEventOfACompleteMinuteIsLate) {
  SettledWorld world;
  world.machine.error = -days(400);
  world.start();
  world.send("a", "ann", false);
  world.drain();
  EXPECT_EQ(world.process->core->audit().sources[0].late, 1U);
  const MinuteCells answer = world.everything();
  EXPECT_EQ(answer.cells[0].start, minute_of(world.process->clock.now()));
  EXPECT_EQ(answer.cells[0].revision, 1U);
}

}  // namespace
}  // namespace hapax
