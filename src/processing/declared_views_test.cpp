// SPDX-License-Identifier: Apache-2.0
#include "processing/declared_views.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "audit/equations.hpp"
#include "testing/processor_harness.hpp"
#include "testing/random_cases.hpp"
#include "testing/whole_cells.hpp"
#include "views/catalog/catalog_record.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kNames =
    R"v({"name":"names","window":{"tumbling":"1h"},"group_by":["event"],"measures":{"n":"count"}})v";
constexpr const char* kUsers =
    R"v({"name":"users","window":{"tumbling":"1h"},"measures":{"n":"uniques(user)","c":"count"}})v";
constexpr const char* kUsersOfAll = R"v({"name":"users","measures":{"n":"uniques(user)"}})v";

class World : public ProcessorHarness {
 public:
  explicit World(std::uint32_t partitions = 2, ProcessorSettings with = slow_backfill())
      : ProcessorHarness(partitions, with, {}) {}

  static ProcessorSettings slow_backfill() {
    ProcessorSettings settings = small_settings();
    settings.backfill_bytes = 1;  // One batch a step.
    return settings;
  }

  void declare(const std::vector<std::string>& specs) {
    views.catalog.set(specs);
    const std::string said = encode_announcement({.number = views.catalog.newest_number()});
    log.append_control(control_record(kCatalogControl, said), [](const Result<Receipt>&) {})
        .value();
    log.sync();
  }
  /// One event a batch, a second after the one before.
  void add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++added_) {
      const std::string id = std::to_string(added_);
      const std::string user = std::string("u").append(std::to_string(added_ % 7));
      EventView event = shop_event(id, seconds(added_ * 60), user);
      log.add(PartitionId(static_cast<std::uint32_t>(added_ % log.partition_count())), {event});
    }
  }
  std::string served(std::string_view name) const {
    const auto view = views.served.find(name);
    return view ? view->id : "";
  }
  ViewReport report(std::string_view id) const {
    for (ViewReport& report : core->report_views()) {
      if (report.id == id) {
        return report;
      }
    }
    return {.id = "none"};
  }
  /// The equations of the audit that do not hold.
  std::string imbalance() const {
    std::string broken;
    for (const Equation& equation : check_books(core->audit())) {
      broken += equation.holds ? "" : equation.text + ": " + equation.where + "\n";
    }
    return broken;
  }
  /// After a checkpoint.
  ViewCellsByKey cells(std::string_view name) {
    EXPECT_TRUE(core->checkpoint());
    const auto view = views.served.find(name);
    return view ? whole_cells(store, *view) : ViewCellsByKey();
  }
  /// Of a processor that begins with nothing but log and catalog.
  std::map<std::string, ViewCellsByKey> rebuilt() {
    World other(log.partition_count(), settings);
    other.core.reset();
    other.views.catalog = views.catalog;
    other.core = ProcessorCore::open(settings, other.parts(log)).value();
    while (other.core->step().value()) {
    }
    EXPECT_TRUE(other.core->checkpoint());
    std::map<std::string, ViewCellsByKey> all;
    for (const auto& [name, view] : other.views.served.all()) {
      all[name] = whole_cells(other.store, *view);
    }
    return all;
  }
  std::map<std::string, ViewCellsByKey> all_cells() {
    std::map<std::string, ViewCellsByKey> all;
    for (const auto& [name, view] : views.served.all()) {
      all[name] = cells(name);
    }
    return all;
  }

 private:
  std::int64_t added_ = 0;
};

std::uint64_t count_in(const ViewCellsByKey& cells) {
  std::uint64_t count = 0;
  for (const auto& [key, bytes] : cells) {
    ByteReader in(bytes);
    in.u64();  // Revision.
    in.u8();   // Version.
    count += in.u64();
  }
  return count;
}

/// Of so many groups that most are merged.
constexpr const char* kEachId =
    R"v({"name":"ids","window":{"tumbling":"1h"},"group_by":["source","message_id"],)v"
    R"v("measures":{"n":"count","u":"uniques(user)"}})v";

TEST(DeclaredViewsTest, WhichGroupsAreKeptDoesNotDependOnStartsNorOnWhenAViewIsMade) {
  ProcessorSettings settings = World::slow_backfill();
  settings.view.groups_max = 4;
  World world(2, settings);
  world.views.catalog.set({kEachId});
  world.open();
  for (int starts = 0; starts < 4; ++starts) {
    world.add(25);
    EXPECT_TRUE(world.drain());
    EXPECT_TRUE(world.core->checkpoint());
    world.settings.dedup.hash_seed += 1;
    world.open();
  }
  world.declare({kEachId, std::string(kEachId).replace(9, 3, "ids_again")});
  world.add(25);
  EXPECT_TRUE(world.drain());
  const auto all = world.all_cells();
  EXPECT_EQ(all.at("ids").size(), 3U * (4 + 1));  // 125 minutes.
  EXPECT_EQ(count_in(all.at("ids")), 125U);
  EXPECT_EQ(all.at("ids"), all.at("ids_again"));
  EXPECT_EQ(all, world.rebuilt());
}

TEST(DeclaredViewsTest, OneThatIsThereFromTheStartIsLiveAtOnce) {
  World world;
  world.views.catalog.set({kNames});
  world.open();
  EXPECT_EQ(world.served("names"), "names.1");
  world.add(100);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 100U);
}

TEST(DeclaredViewsTest, OneThatIsNewCountsTheLogFromItsBeginning) {
  World world;
  world.add(100);
  EXPECT_TRUE(world.drain());
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 100U);
  world.add(30);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 130U);
  EXPECT_EQ(world.all_cells(), world.rebuilt());
}

// The record is read before the one who appended it hears of it.
TEST(DeclaredViewsTest, TheCatalogOfARecordIsTakenUpHoweverEarlyItIsMet) {
  World world;
  world.views.catalog.learn_nothing();
  world.add(20);
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.served("names"), "names.1");
  EXPECT_EQ(count_in(world.cells("names")), 20U);
}

TEST(DeclaredViewsTest, WhatAnEventCostsIsReported) {
  World world;
  world.views.catalog.set({kNames});
  world.open();
  world.add(100);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.report("names.1").nanoseconds_per_event, 0);
  world.add(500);
  EXPECT_TRUE(world.drain());
  EXPECT_GT(world.report("names.1").nanoseconds_per_event, 0);
}

TEST(DeclaredViewsTest, NobodyReadsOneThatIsNotMade) {
  World world;
  world.add(20);
  EXPECT_TRUE(world.drain());
  world.declare({kNames});
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->step());
  EXPECT_EQ(world.served("names"), "");
  const ViewReport report = world.report("names.1");
  EXPECT_EQ(report.state, ViewState::kBackfilling);
  EXPECT_LT(report.progress.records_done, report.progress.records_total);
  EXPECT_GE(report.progress.records_total, 20U);
}

TEST(DeclaredViewsTest, AChangedOneIsServedAsItWasUntilItIsMade) {
  World world;
  world.views.catalog.set({kUsers});
  world.open();
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.declare({kUsersOfAll});
  world.add(20);
  for (int i = 0; world.served("users") == "users.1"; ++i) {
    ASSERT_LT(i, 1000);
    EXPECT_EQ(world.report("users.1").state, ViewState::kLive);
    ASSERT_TRUE(world.core->step());
  }
  EXPECT_EQ(world.served("users"), "users.2");
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.all_cells(), world.rebuilt());
  EXPECT_EQ(world.report("users.1").id, "none");
  EXPECT_TRUE(world.store.table("view.users.1").empty());
}

TEST(DeclaredViewsTest, OneThatIsTakenOutGoesWithItsTables) {
  World world;
  world.views.catalog.set({kUsers, kNames});
  world.open();
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_FALSE(world.store.table("view.users.1").empty());
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.served("users"), "");
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_TRUE(world.store.table("view.users.1").empty());
  EXPECT_EQ(count_in(world.cells("names")), 50U);
}

TEST(DeclaredViewsTest, OneThatGoesWhileItsCellsAreWrittenLivesUntilTheyAre) {
  World world;
  world.views.catalog.set({kUsers, kNames});
  world.open();
  world.add(50);
  EXPECT_TRUE(world.drain());
  const auto frozen = world.core->freeze();
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  ASSERT_EQ(world.served("users"), "");
  const auto& alive = frozen->views.alive;
  EXPECT_EQ(std::ranges::count(alive, 1, &std::shared_ptr<const RunningView>::use_count), 1);
  ASSERT_TRUE(write_state(*frozen, world.store));
  EXPECT_FALSE(world.store.table("view.users.1").empty());
  world.core->commit(*frozen);
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_TRUE(world.store.table("view.users.1").empty());
}

/// Each user's events are in both partitions, exactly the gap apart.
TEST(DeclaredViewsTest, OneOverKeysIsMadeOverTheLogAndGoesWithItsTables) {
  World world;
  world.add(100);
  EXPECT_TRUE(world.drain());
  world.declare({R"v({"name":"sessions","per":"user","window":{"session":"7m"},)v"
                 R"v("measures":{"n":"count"}})v"});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("sessions")), 7U);
  world.open();
  world.add(20);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("sessions")), 7U);
  EXPECT_EQ(world.store.table("view.sessions.1.keys").size(), 7U);
  EXPECT_EQ(world.all_cells(), world.rebuilt());
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_TRUE(world.store.table("view.sessions.1").empty());
  EXPECT_TRUE(world.store.table("view.sessions.1.keys").empty());
}

TEST(DeclaredViewsTest, OneThatIsTakenOutBeforeItIsMadeIsNeverServed) {
  World world;
  world.add(50);
  EXPECT_TRUE(world.drain());
  world.declare({kUsers, kNames});
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->checkpoint());
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.served("users"), "");
  EXPECT_EQ(world.all_cells(), world.rebuilt());
  EXPECT_TRUE(world.store.table("view.users.1").empty());
}

TEST(DeclaredViewsTest, WhatWasLateForTheOthersIsLateForOneThatIsMade) {
  World world(1);
  world.log.add(PartitionId(0), {shop_event("a", seconds(3'611))});
  EventView late = shop_event("b", seconds(3'612));
  late.event_time = shop_event("", seconds(3'599)).event_time;
  world.log.add(PartitionId(0), {late});
  EXPECT_TRUE(world.drain());
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  const ViewCellsByKey cells = world.cells("names");
  ASSERT_EQ(cells.size(), 2U);
  ByteReader first(cells.begin()->second);
  EXPECT_EQ(first.u64(), 1U);
  EXPECT_EQ(world.all_cells(), world.rebuilt());
}

TEST(DeclaredViewsTest, OneThatCameWhileAnotherWasMadeIsMadeAfterIt) {
  World world;
  world.add(50);
  EXPECT_TRUE(world.drain());
  world.declare({kNames});
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->step());
  world.declare({kNames, kUsers});
  EXPECT_TRUE(world.core->step());
  EXPECT_EQ(world.report("users.2").state, ViewState::kWaiting);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.served("users"), "users.2");
  EXPECT_EQ(world.all_cells(), world.rebuilt());
}

TEST(DeclaredViewsTest, TheMakingGoesOnAfterACrashWhereACheckpointLeftIt) {
  World world;
  world.add(50);
  EXPECT_TRUE(world.drain());
  world.declare({kNames});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(world.core->step());
  }
  EXPECT_TRUE(world.core->checkpoint());
  const std::uint64_t done = world.report("names.1").progress.records_done;
  EXPECT_GT(done, 10U);
  EXPECT_TRUE(world.core->step());
  world.open();
  EXPECT_EQ(world.report("names.1").progress.records_done, done);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 50U);
  EXPECT_EQ(world.all_cells(), world.rebuilt());
}

TEST(DeclaredViewsTest, TheLogIsHeldForOneThatIsBeingMade) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_TRUE(world.keep_base());
  world.declare({kNames});
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->checkpoint());
  world.log.retain();
  EXPECT_EQ(world.log.starts()[0].offset, Offset(0));
  EXPECT_FALSE(world.core->base_wanted());
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.log.retain();
  EXPECT_EQ(world.log.starts()[0].offset, Offset(0));
  EXPECT_TRUE(world.core->base_wanted());
  EXPECT_TRUE(world.keep_base());
  world.log.retain();
  EXPECT_EQ(world.log.starts()[0].offset, Offset(51));
}

TEST(DeclaredViewsTest, WhatTheLogHoldsNoMoreIsSaid) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.log.drop(PartitionId(0), 20);
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 30U);
  ASSERT_EQ(world.core->audit().views.size(), 1U);
  EXPECT_EQ(world.core->audit().views[0].earlier.count, 20U);
  EXPECT_EQ(world.imbalance(), "");
  const EventTime first = shop_event("", seconds(20 * 60)).event_time;
  const EventTime complete = first + minutes(10);  // A client's clock may be ahead.
  EXPECT_EQ(world.views.served.find("names")->complete_from, complete);
  world.open();
  EXPECT_EQ(world.views.served.find("names")->complete_from, complete);
}

TEST(DeclaredViewsTest, WhatIsMissingMayBelongToSessionsAndMakeKeysReturn) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.log.drop(PartitionId(0), 20);
  const std::string key = R"(,"per":"user","measures":{"n":"count"}})";
  const std::string is_new = R"~(,"per":"user","measures":{"n":"sum(key.is_new)"},)~";
  const std::string by_hour = R"("window":{"tumbling":"1h"})";
  world.declare({R"({"name":"sessions","window":{"session":"30m"})" + key,
                 R"({"name":"hours",)" + by_hour + key,
                 R"({"name":"new",)" + by_hour + is_new + R"("first_seen_keep":"1d"})",
                 R"({"name":"ever",)" + by_hour + is_new + R"("keep":"1d"})"});
  EXPECT_TRUE(world.drain());
  const EventTime complete = shop_event("", seconds(20 * 60)).event_time + minutes(10);
  const auto complete_from = [&](std::string_view view) {
    return world.views.served.find(view)->complete_from;
  };
  EXPECT_EQ(complete_from("hours"), complete);
  EXPECT_EQ(complete_from("sessions"), complete + minutes(30));
  EXPECT_EQ(complete_from("new"), complete + std::chrono::hours(24));
  EXPECT_EQ(complete_from("ever"), EventTime::max());
}

TEST(DeclaredViewsTest, WhatTheLogHoldsNoMoreIsSaidInADoubtOfOurClock) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.log.drop(PartitionId(0), 50);
  world.arrivals.begin_doubt(ClockEpoch(1));
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.served("names"), "");  // Nobody knows when what is gone was received.
  world.add(1);
  EXPECT_TRUE(world.drain());
  const EventTime last = shop_event("", seconds(50 * 60)).event_time;
  ASSERT_EQ(world.served("names"), "names.1");
  EXPECT_EQ(world.views.served.find("names")->complete_from, last + minutes(10));
}

TEST(DeclaredViewsTest, NothingIsCountedForWhichNoVerdictIsStored) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.core.reset();
  world.verdicts.lose();
  world.open();
  world.add(20);
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 20U);
  EXPECT_EQ(world.views.served.find("names")->complete_from,
            shop_event("", seconds(50 * 60)).event_time + minutes(10));
}

TEST(DeclaredViewsTest, AnEventIsCountedOnceInEachThoughTheStoreFailsBetweenTwo) {
  World world(1);
  world.views.catalog.set({kNames, kUsers});
  world.open();
  world.store.fail_reads("view.users", Error{ErrorKind::kUnavailable, "the disk is away"});
  world.add(1);
  EXPECT_FALSE(world.core->step());
  EXPECT_FALSE(world.core->step());
  EXPECT_EQ(world.imbalance(), "") << "one has it, the others do not yet";
  world.store.fail_reads("view.users", std::nullopt);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 1U);
  EXPECT_EQ(count_in(world.cells("users")), 1U);
}

TEST(DeclaredViewsTest, TheSameWhileTheyAreMade) {
  World world(1);
  world.add(3);
  EXPECT_TRUE(world.drain());
  world.store.fail_reads("view.users", Error{ErrorKind::kUnavailable, "the disk is away"});
  world.declare({kNames, kUsers});
  EXPECT_FALSE(world.core->step());
  EXPECT_FALSE(world.core->step());
  EXPECT_FALSE(world.core->step());
  EXPECT_FALSE(world.core->checkpoint_useful());
  world.declare({kNames, kUsers, R"v({"name":"more","measures":{"n":"count"}})v"});
  EXPECT_FALSE(world.core->step());
  world.store.fail_reads("view.users", std::nullopt);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.all_cells(), world.rebuilt());
  EXPECT_EQ(count_in(world.cells("more")), 3U);
}

TEST(DeclaredViewsTest, AStartOnAStoreThatIsAwaySaysThatItIs) {
  World world(1);
  world.declare({R"({"name":"visitors","per":"user","measures":{"n":"count"}})"});
  world.add(3);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.store.fail_reads("view.visitors.1.sample",
                         Error{ErrorKind::kUnavailable, "the disk is away"});
  const auto opened = ProcessorCore::open(world.settings, world.parts());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kUnavailable) << opened.error().text();
  EXPECT_NE(opened.error().message.find("visitors.1"), std::string::npos);
}

TEST(DeclaredViewsTest, ADamagedOldFileStopsTheMakingAndNothingElse) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.log.batches(PartitionId(0))[20].records[0] ^= 0x55;
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_FALSE(world.core->failure());
  const ViewReport report = world.report("names.1");
  EXPECT_EQ(report.state, ViewState::kWaiting);
  EXPECT_NE(report.error.find("offset 20"), std::string::npos) << report.error;
  world.add(5);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.books("shop").counted, 55U);
}

TEST(DeclaredViewsTest, ADamagedCellStopsTheMakingAlsoHalfWayThroughABatch) {
  World world(1);
  world.add(3);
  EXPECT_TRUE(world.drain());
  world.store.fail_reads("view.users", Error{ErrorKind::kCorrupt, "the file is damaged"});
  world.declare({kNames, kUsers});  // The event is counted in the first one of them.
  EXPECT_TRUE(world.drain());
  EXPECT_FALSE(world.core->failure());
  world.store.fail_reads("view.users", std::nullopt);
  world.add(5);
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.books("shop").counted, 8U);
  EXPECT_TRUE(world.core->checkpoint_useful()) << "no checkpoint is made until the next start";
  world.declare({});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->report_views().empty()) << "not even taking the views out helps";
}

TEST(DeclaredViewsTest, TheLastCheckpointHasAReasonWhenADamagedCellStoppedTheMaking) {
  World world(1);
  world.add(3);
  EXPECT_TRUE(world.drain());
  world.store.fail_reads("view.users", Error{ErrorKind::kCorrupt, "the file is damaged"});
  world.declare({kNames, kUsers});
  EXPECT_TRUE(world.drain());
  const Result<void> made = world.core->checkpoint();  // Of a stop with a write that had failed.
  EXPECT_TRUE(made || !made.error().message.empty());
}

TEST(DeclaredViewsTest, RetentionLeavesWhatTheMakingOfALateOneHasToRead) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());  // Releases all of the log, which is not over age yet.
  EXPECT_TRUE(world.keep_base());
  world.declare({kNames});
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->checkpoint());
  world.log.retain();
  world.open();
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.report("names.1").error, "") << "and so at every start";
  EXPECT_EQ(world.served("names"), "names.1");
}

TEST(DeclaredViewsTest, ABaseFromWhileOneWasMadeGivesItBack) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  world.declare({kNames});
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->step());
  EXPECT_TRUE(world.core->checkpoint());
  ASSERT_EQ(world.report("names.1").state, ViewState::kBackfilling);
  EXPECT_TRUE(world.keep_base());
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  ASSERT_EQ(count_in(world.cells("names")), 50U);
  world.log.retain();
  world.lose_state();
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.report("names.1").error, "") << "and so at every start";
  EXPECT_EQ(count_in(world.cells("names")), 50U);
}

TEST(DeclaredViewsTest, RetentionDropsNothingThatABaseLacksOfALateOne) {
  World world(1);
  world.add(50);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_TRUE(world.keep_base());
  world.declare({kNames});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  ASSERT_EQ(count_in(world.cells("names")), 50U);
  world.log.retain();  // All that is over age is below what the base covers, which lacks the view.
  world.lose_state();
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 50U);
  ASSERT_TRUE(world.core->base_wanted());
  EXPECT_TRUE(world.keep_base());
  world.log.retain();
  ASSERT_GT(world.log.starts()[0].offset, Offset(50));
  world.lose_state();
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(count_in(world.cells("names")), 50U);
}

TEST(DeclaredViewsTest, WhatWasDroppedIsKnownAfterAStart) {
  World world(1);
  world.views.catalog.set(
      {R"v({"name":"hours","window":{"tumbling":"1h"},"measures":{"n":"count"},"keep":"1h"})v"});
  world.open();
  world.log.add(PartitionId(0), {shop_event("a", std::chrono::hours(1))});
  world.log.add(PartitionId(0), {shop_event("b", std::chrono::hours(100))});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  const std::string id = world.served("hours");
  const auto living_from = [&] {
    return world.core->publish(std::span(&id, 1)).value().views.front().living_from;
  };
  const std::string before = living_from();
  ASSERT_NE(before, "");
  world.open();
  EXPECT_EQ(living_from(), before) << "rows rolled up of dropped windows say that they are whole";
}

TEST(DeclaredViewsTest, AnEventFromWhenOurClockWentBackIsOfNoDroppedWindow) {
  World world(1);
  world.views.catalog.set(
      {R"v({"name":"hours","window":{"tumbling":"1h"},"measures":{"n":"count"},"keep":"1h"})v"});
  world.open();
  world.log.add(PartitionId(0), {shop_event("now", std::chrono::hours(100))});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  EventView event = shop_event("back", std::chrono::hours(10));
  event.clock_epoch = 1;
  world.log.add(PartitionId(0), {event});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.cells("hours").size(), 1U);
}

TEST(DeclaredViewsTest, ASessionGoesOnAfterAStartThoughTheWindowItBeganInIsDropped) {
  World world(1);
  world.views.catalog.set({R"v({"name":"s","per":"user","window":{"session":"30m","by":"1h"},)v"
                           R"v("measures":{"n":"count","e":"sum(key.events)"},"keep":"1h"})v"});
  world.open();
  for (int i = 0; i < 20; ++i) {
    world.log.add(PartitionId(0), {shop_event(std::to_string(i), seconds(i * 1'200))});
  }
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.cells("s").empty());
  world.open();
  world.log.add(PartitionId(0), {shop_event("20", seconds(20 * 1'200))});
  world.log.add(PartitionId(0), {shop_event("other", seconds(20 * 1'200), "v")});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.cells("s").size(), 1U);
}

TEST(DeclaredViewsTest, WindowsGoOnceTheirTimeIsOverInTheWholeLog) {
  World world(2);
  world.views.catalog.set(
      {R"v({"name":"short","window":{"tumbling":"1h"},"measures":{"n":"count"},"keep":"1h"})v"});
  world.open();
  world.log.add(PartitionId(0), {shop_event("a", seconds(0))});
  world.log.add(PartitionId(1), {shop_event("b", seconds(0))});
  world.log.add(PartitionId(0), {shop_event("c", hours(2) + seconds(1))});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.cells("short").size(), 2U);
  world.log.add(PartitionId(1), {shop_event("d", hours(2) + seconds(2))});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.cells("short").size(), 1U);
}

/// What a reader knows who gets every publication.
using Rows = std::map<std::string, std::string>;

void take(const std::vector<ViewChange>& changes, StateStore& store, Rows& rows) {
  ASSERT_EQ(changes.size(), 1U);
  const ViewChange& change = changes.front();
  if (change.begins) {
    rows.clear();
    store
        .scan(change.table, summary_key(""), summary_keys_end(),
              [&](std::string_view key, std::string_view value) {
                const ViewCellValue cell =
                    decode_value(value, change.shape->measures, hours(1)).value();
                rows[std::string(key.substr(1))] =
                    std::to_string(cell.revision) + "/" +
                    std::to_string(std::get<std::uint64_t>(cell.results.front().answer));
                return true;
              })
        .value();
  }
  for (std::size_t i = 0; i < change.changed.size(); ++i) {
    const ViewCellValue cell =
        decode_value(change.changed.value(i), change.shape->measures, hours(1)).value();
    rows[std::string(change.changed.key(i))] =
        std::to_string(cell.revision) + "/" +
        std::to_string(std::get<std::uint64_t>(cell.results.front().answer));
  }
}

TEST(DeclaredViewsTest, PublicationsTellWhatChanged) {
  World world(1);
  world.views.catalog.set({kNames, kUsers});
  world.open();
  const std::string id = "names.1";
  Rows rows;
  world.add(100);
  bool wanted = false;
  for (int i = 0; world.core->step().value(); ++i) {
    const Publication told = world.core
                                 ->publish(wanted ? std::span<const std::string>()
                                                  : std::span<const std::string>(&id, 1))
                                 .value();
    EXPECT_EQ(told.views.front().begins, !wanted);
    wanted = true;
    take(told.views, world.store, rows);
    if (i % 7 == 0) {
      EXPECT_TRUE(world.core->checkpoint());
      take(world.core->publish(std::span(&id, 1)).value().views, world.store, rows);
    }
    std::uint64_t count = 0;
    for (const auto& [key, value] : rows) {
      count += std::stoull(value.substr(value.find('/') + 1));
    }
    ASSERT_EQ(count, world.books("shop").counted) << i;
    world.core->end_publishing();
    wanted = false;
  }
  EXPECT_EQ(rows.size(), 2U);
}

std::string ids_of(const Publication& told) {
  std::string ids;
  for (const ViewChange& change : told.views) {
    ids.append(ids.empty() ? "" : " ").append(change.id);
  }
  return ids;
}

TEST(DeclaredViewsTest, AViewThatNobodyAsksForAnyMoreIsPublishedNoMore) {
  World world(1);
  world.views.catalog.set({kNames, kUsers});
  world.open();
  const std::vector<std::string> both{"names.1", "users.1"};
  const std::span<const std::string> users = std::span(both).last(1);
  const auto publish = [&](std::span<const std::string> wanted) {
    world.add(1);
    EXPECT_TRUE(world.drain());
    return world.core->publish(wanted).value();
  };
  EXPECT_EQ(ids_of(publish(both)), "names.1 users.1");
  EXPECT_EQ(ids_of(publish(users)), "names.1 users.1");
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_EQ(ids_of(publish(users)), "names.1 users.1") << "somebody may ask again";
  EXPECT_EQ(ids_of(publish(users)), "names.1 users.1");
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_EQ(ids_of(publish(users)), "users.1");
  const Publication again = publish(both);
  ASSERT_EQ(ids_of(again), "names.1 users.1");
  EXPECT_TRUE(again.views[0].begins);
  EXPECT_FALSE(again.views[1].begins);
}

TEST(DeclaredViewsTest, AnotherVersionOfAViewIsNews) {
  World world(1);
  world.views.catalog.set({kUsers});
  world.open();
  world.add(20);
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  const std::string id = "users.1";
  world.declare({kUsersOfAll});
  while (world.served("users") == id) {
    EXPECT_EQ(ids_of(world.core->publish(std::span(&id, 1)).value()), id);
    EXPECT_FALSE(world.core->has_news());
    ASSERT_TRUE(world.core->step().value());
  }
  EXPECT_TRUE(world.core->has_news());
  EXPECT_EQ(ids_of(world.core->publish().value()), "");
  EXPECT_FALSE(world.core->has_news());
}

TEST(DeclaredViewsTest, ThatAWindowShorterThanAMinuteIsFinalIsNews) {
  World world(1);
  world.views.catalog.set(
      {R"v({"name":"s","window":{"tumbling":"10s"},"measures":{"n":"count"}})v"});
  world.open();
  world.add(1);
  EXPECT_TRUE(world.drain());
  world.clock.advance(std::chrono::minutes(10));  // Nothing comes: the watermark follows it.
  EXPECT_TRUE(world.drain());
  const std::string id = "s.1";
  const EventTime before = world.core->publish(std::span(&id, 1)).value().watermark;
  EXPECT_FALSE(world.core->has_news());
  world.clock.advance(seconds(10));
  EXPECT_TRUE(world.drain());
  ASSERT_TRUE(world.core->has_news());
  EXPECT_EQ(world.core->publish().value().watermark - before, seconds(10));
  EXPECT_FALSE(world.core->has_news());
}

TEST(DeclaredViewsTest, PublicationsTellUpToWhereSessionsAreOver) {
  World world(1);
  world.views.catalog.set(
      {R"v({"name":"visits","per":"user","window":{"session":"30m","by":"1h"},)v"
       R"v("measures":{"n":"count","s":"avg(key.seconds)"}})v"});
  world.open();
  const std::string id = "visits.1";
  world.add(20);  // A minute after the other, of seven users.
  EXPECT_TRUE(world.drain());
  const Publication told = world.core->publish(std::span(&id, 1)).value();
  const std::optional<EventTime> until = told.views.front().settled_until;
  ASSERT_TRUE(until);
  EXPECT_LT(*until, told.watermark) << "they go on";
  EXPECT_TRUE(world.core->checkpoint());
  world.open();
  EXPECT_EQ(world.core->publish(std::span(&id, 1)).value().views.front().settled_until, until);
  const WholeRows whole = world.core->whole_rows({.view = id, .from = {}}).value();
  EXPECT_EQ(whole.rows.settled_until(whole.watermark), *until);
}

TEST(DeclaredViewsTest, WholeCellsAreOfTheMomentTheyAreAskedForAt) {
  World world(1);
  world.views.catalog.set({kUsers});
  world.open();
  const std::string id = "users.1";
  world.add(100);
  std::uint64_t asked = 0;
  std::shared_ptr<const FrozenState> frozen;
  for (int i = 0; world.core->step().value(); ++i) {
    frozen = i % 4 == 1 ? world.core->freeze() : frozen;
    const WholeRows whole = world.core->whole_rows({.view = id, .from = {}}).value();
    EXPECT_EQ(whole.watermark, world.core->publish().value().watermark);
    ViewCell all(whole.rows.shape().measures);
    EXPECT_TRUE(whole.rows.read({}, [&](RowCursor& at) -> Result<void> {
      for (at.seek({}); at.valid(); at.next()) {
        HAPAX_TRY(at.combine_into(all));
      }
      return {};
    }));
    EXPECT_EQ(all.size, world.core->report_views().front().account.counted.count);
    asked = all.size;
    if (i % 4 == 3) {
      ASSERT_TRUE(write_state(*frozen, world.store));
      world.core->commit(*frozen);
    }
  }
  EXPECT_EQ(asked, 100U);
  EXPECT_EQ(world.core->whole_rows({.view = "users.9", .from = {}}).error().kind,
            ErrorKind::kInvalid);
}

/// Random histories: events twice and late, views that come, change and go, checkpoints, crashes,
/// lost states.
void run_history(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  ProcessorSettings settings = small_settings();
  settings.backfill_bytes = 1 + random() % 2'000;
  World world(1 + random() % 3, settings);
  const std::vector<std::string> specs = {
      kNames, kUsers, kUsersOfAll,
      R"v({"name":"days","where":{"event":"a"},"window":{"tumbling":"1d"},"group_by":["source"],)v"
      R"v("measures":{"n":"count","last":"last(user)","top":"top(user, 3)"},"keep":"2d"})v",
      R"v({"name":"visits","per":"user_id","window":{"session":"10m","by":"1h"},"measures":{"n":"count"}})v"};
  std::int64_t now = 0;
  for (int i = 0; i < 150; ++i) {
    const std::uint64_t what = random() % 20;
    if (what < 12) {
      now += static_cast<std::int64_t>(random() % 2'000);
      const std::string id = std::to_string(random() % 60);
      const std::string user = std::to_string(random() % 20);
      EventView event = shop_event(id, seconds(now), user);
      event.name = random() % 2 == 0 ? "a" : "b";
      event.event_time -= seconds(random() % 4 == 0 ? random() % 200'000 : random() % 20);
      event.original_timestamp = event.event_time;
      const auto partition = std::hash<std::string>()(id) % world.log.partition_count();
      world.log.add(PartitionId(static_cast<std::uint32_t>(partition)), {event});
    } else if (what < 16) {
      EXPECT_TRUE(world.core->step());
    } else if (what == 16) {
      std::vector<std::string> some;
      for (const std::string& spec : specs) {
        if (random() % 2 == 0 && (some.empty() || spec != kUsersOfAll || some.back() != kUsers)) {
          some.push_back(spec);
        }
      }
      world.declare(some);
    } else if (what == 17) {
      if (world.core->checkpoint_useful()) {
        EXPECT_TRUE(world.core->checkpoint());
      }
    } else if (what == 18) {
      world.open();
    } else if (random() % 4 == 0) {
      world.lose_state();
    }
    ASSERT_EQ(world.imbalance(), "") << "seed " << seed << ", after " << i;
  }
  ASSERT_TRUE(world.drain());
  ASSERT_EQ(world.imbalance(), "") << "seed " << seed;
  ASSERT_EQ(world.all_cells(), world.rebuilt()) << "seed " << seed;
  for (const ViewReport& report : world.core->report_views()) {
    EXPECT_EQ(report.state, ViewState::kLive);
  }
  EXPECT_EQ(world.core->audit().views.size(), world.core->report_views().size());
}

TEST(DeclaredViewsTest, WhateverHappensTheyAreAFunctionOfLogAndCatalog) {
  for (int seed = 0; seed < random_cases(100); ++seed) {
    run_history(seed);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(DeclaredViewsSoakTest, WhateverHappensTheyAreAFunctionOfLogAndCatalog) {
  for (std::uint64_t seed = 100; seed < 5'000; ++seed) {
    run_history(seed);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace hapax
