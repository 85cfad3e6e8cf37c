// SPDX-License-Identifier: Apache-2.0
// The hours of views' accounts, over a log: against what the log's records say.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stream/event_hash.hpp"
#include "testing/processor_harness.hpp"
#include "testing/seeded_random.hpp"
#include "views/catalog/catalog_record.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr PartitionId kFirst{0};

/// What came later than an hour after its hour is expired; events named "Other" do not match.
constexpr const char* kKept =
    R"v({"name":"kept","window":{"tumbling":"1h"},"keep":"1h","measures":{"n":"count"},)v"
    R"v("where":{"event":"Bought"}})v";
constexpr const char* kKeptToo =
    R"v({"name":"kept_too","window":{"tumbling":"1h"},"keep":"1h","measures":{"n":"count"},)v"
    R"v("where":{"event":"Bought"}})v";

using Row = std::pair<ProcessingTime, std::string>;
using Rows = std::map<Row, SourceAccount>;

class HoursWorld : public ProcessorHarness {
 public:
  explicit HoursWorld(std::uint32_t partitions = 1, ProcessorSettings with = small_settings())
      : ProcessorHarness(partitions, with, {kKept}) {}

  void declare(const std::vector<std::string>& specs) {
    views.catalog.set(specs);
    const std::string said = encode_announcement({.number = views.catalog.newest_number()});
    log.append_control(control_record(kCatalogControl, said), [](const Result<Receipt>&) {})
        .value();
    log.sync();
  }
  ViewBooks books(const std::string& name = "kept") {
    return core->books(views.served.find(name)->id).value();
  }
  Rows rows(const std::string& name = "kept") { return rows_of(books(name)); }
  static Rows rows_of(const ViewBooks& books) {
    Rows rows;
    const auto take = [&](const HourKey& key, const SourceAccount& account) {
      EXPECT_TRUE(rows.emplace(Row(key.hour, key.source), account).second);
      return true;
    };
    EXPECT_TRUE(books.read("", std::string(9, '\xFF'), take));
    return rows;
  }
  /// Whether all hours, and what is in none, are the account.
  static bool add_up(const ViewBooks& books) {
    ViewBooks::Accounts sum = books.rest;
    for (const auto& [row, account] : rows_of(books)) {
      sum[row.second].add(account);
    }
    return sum == books.whole;
  }
};

ProcessingTime hour(int number) {
  return shop_event("", hours(number)).received_at;
}

/// What kKept does with events, by the definition.
class Definition {
 public:
  void add(const EventView& event) {
    if (!seen_.insert(std::string(event.message_id)).second || event.name != "Bought") {
      return;
    }
    SourceAccount& account = rows[{hour_start(event.received_at), std::string(event.source)}];
    const Hash128 id = key_event(event, IdHasher()).seen.id;
    const auto end = hour_start(ProcessingTime(event.event_time.time_since_epoch())) + hours(2);
    account.enter(id, event.received_at >= end ? EventFate::kExpired : EventFate::kCounted,
                  event.received_at >= end ? 0 : 1, 0);
  }
  Rows rows;

 private:
  std::set<std::string> seen_;
};

TEST(ViewHoursTest, HoursAreWhatTheLogSaysHoweverItIsCounted) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SeededRandom random(seed);
    HoursWorld world(2);
    Definition wanted;
    seconds at{0};
    const auto declared_at = random.below(60);
    for (std::uint64_t i = 0; i < 60; ++i) {
      at += seconds(random.below(4'000));
      const std::string id = std::to_string(random.below(50));
      EventView event = shop_event("", at);
      event.source = random.below(3) == 0 ? "blog" : "shop";
      const std::string of_source = std::string(event.source) + id;
      event.message_id = of_source;
      event.name = random.below(5) == 0 ? "Other" : "Bought";
      event.event_time -= minutes(random.below(300));
      world.log.add(PartitionId(event.source == "blog" ? 1 : 0), {event});
      wanted.add(event);
      switch (random.below(6)) {
        case 0:
          EXPECT_TRUE(world.drain());
          EXPECT_TRUE(world.core->checkpoint());
          break;
        case 1:
          world.open();
          break;
        default:
          EXPECT_TRUE(world.core->step());
      }
      if (i == declared_at) {
        world.declare({kKept, kKeptToo});
      }
    }
    EXPECT_TRUE(world.drain());
    ASSERT_EQ(world.rows(), wanted.rows) << seed;
    ASSERT_EQ(world.rows("kept_too"), wanted.rows) << seed << ": one that was declared later";
    EXPECT_TRUE(world.core->checkpoint());
    world.open();
    EXPECT_TRUE(world.drain());
    ASSERT_EQ(world.rows(), wanted.rows) << seed << ": as it is stored";
    world.lose_state();
    EXPECT_TRUE(world.drain());
    ASSERT_EQ(world.rows(), wanted.rows) << seed << ": as it is made anew";
    ASSERT_TRUE(world.add_up(world.books()) && world.add_up(world.books("kept_too"))) << seed;
    ASSERT_EQ(world.books().hours_from, ProcessingTime::min());
  }
}

TEST(ViewHoursTest, AnHourIsThatInWhichTheRecordWasReceived) {
  HoursWorld world;
  EventView event = shop_event("a", hours(5) + minutes(10));
  event.event_time -= hours(3);
  world.log.add(kFirst, {event});
  EXPECT_TRUE(world.drain());
  const Rows rows = world.rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.begin()->first, Row(hour(5), "shop"));
  EXPECT_EQ(rows.begin()->second.expired.count, 1U);
}

TEST(ViewHoursTest, AnHourIsKeptUntilItIsOverForTheStatedTime) {
  ProcessorSettings settings = small_settings();
  settings.view.accounts_keep = hours(2);
  HoursWorld world(1, settings);
  const auto count_at = [&](const char* id, seconds at) {
    world.log.add(kFirst, {shop_event(id, at)});
    EXPECT_TRUE(world.drain());
    EXPECT_TRUE(world.core->checkpoint());
  };
  count_at("a", minutes(10));
  count_at("b", hours(1));
  count_at("c", hours(3) - seconds(1));
  EXPECT_EQ(world.rows().size(), 3U);
  EXPECT_EQ(world.store.table("hours").size(), 3U);
  count_at("d", hours(3));
  EXPECT_EQ(world.rows().begin()->first, Row(hour(1), "shop"));
  EXPECT_EQ(world.books().hours_from, hour(1));
  EXPECT_EQ(world.store.table("hours").size(), 3U);
  EXPECT_EQ(world.books().rest.at("shop").counted.count, 1U);
  EXPECT_TRUE(HoursWorld::add_up(world.books()));
  count_at("e", hours(100));
  EXPECT_EQ(world.rows().size(), 1U);
  EXPECT_EQ(world.store.table("hours").size(), 1U);
  world.open();
  EXPECT_EQ(world.books().hours_from, hour(98));
  EXPECT_EQ(world.books().rest.at("shop").matching.count, 4U);
  EXPECT_TRUE(HoursWorld::add_up(world.books()));
}

TEST(ViewHoursTest, ThoseThatTheLogHeldInPartAreSaidAlsoWhereItNeverEnds) {
  HoursWorld world;
  for (int i = 0; i < 8; ++i) {
    const std::string id = std::to_string(i);
    world.log.add(kFirst, {shop_event(id, minutes(20 * i))});
  }
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  world.log.drop(kFirst, 4);
  world.declare({kKept, R"v({"name":"ever","window":{"tumbling":"1h"},"per":"user",)v"
                        R"v("measures":{"n":"sum(key.is_new)"},"keep":"1d"})v"});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.views.served.find("ever")->complete_from, EventTime::max());
  EXPECT_EQ(world.books("ever").whole_from(), hour(2));
  EXPECT_EQ(world.books("kept").whole_from(), ProcessingTime::min());
  EXPECT_TRUE(world.core->checkpoint());
  world.open();
  EXPECT_EQ(world.books("ever").whole_from(), hour(2));
}

TEST(ViewHoursTest, TheyGoWithTheirViewAndWithNoOther) {
  HoursWorld world;
  world.declare({kKept, kKeptToo});
  world.log.add(kFirst, {shop_event("a", hours(1))});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_EQ(world.store.table("hours").size(), 2U);
  world.declare({kKeptToo});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_EQ(world.store.table("hours").size(), 1U);
  EXPECT_EQ(world.rows("kept_too").size(), 1U);
}

/// The manifest as an older program wrote it.
std::string without_hours(const std::string& manifest) {
  ByteReader in(manifest);
  std::string older;
  ByteWriter out(older);
  out.put_u32(in.u32());
  out.put_u64(in.u64());
  out.put_u64(in.u64());
  while (!in.at_end()) {
    const std::uint32_t tag = in.u32();
    const std::string content(in.string());
    if (tag != static_cast<std::uint32_t>(ManifestSection::kViewHours)) {
      out.put_u32(tag);
      out.put_string(content);
    }
  }
  return older;
}

TEST(ViewHoursTest, InAStateOfAnOlderProgramTheyBeginAfterWhatItCounted) {
  HoursWorld world;
  world.log.add(kFirst, {shop_event("a", minutes(10))});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  StateWrite older{.manifest = without_hours(world.store.manifest().value().value())};
  older.tables.push_back({.name = "hours", .dropped = true});
  ASSERT_TRUE(world.store.write(older));
  world.open();
  EXPECT_EQ(world.books().hours_from, hour(1));
  world.log.add(kFirst, {shop_event("b", minutes(20))});
  world.log.add(kFirst, {shop_event("c", minutes(70))});
  EXPECT_TRUE(world.drain());
  EXPECT_TRUE(world.core->checkpoint());
  EXPECT_EQ(world.rows().size(), 1U);
  EXPECT_EQ(world.rows().begin()->first, Row(hour(1), "shop"));
  EXPECT_EQ(world.books().rest.at("shop").counted.count, 2U);
  EXPECT_TRUE(HoursWorld::add_up(world.books()));
}

TEST(ViewHoursTest, WhatCameUnderAWrongClockIsInTheHourThatACorrectionSays) {
  HoursWorld world;
  world.log.settle_at_once();
  const auto say = [&](const ClockState& state) {
    EXPECT_TRUE(world.log.append_control(
        encode_control_record(kClockControl, encode_clock_state(state), hour(0)),
        [](const Result<Receipt>&) {}));
    EXPECT_TRUE(world.drain());
    EXPECT_TRUE(world.core->checkpoint());
  };
  constexpr ClockEpoch kDoubt{1};
  say({.number = 1,
       .newest = kDoubt,
       .is_doubted = true,
       .doubted =
           {{.epoch = kDoubt, .began = hour(3), .lag = {}, .newest = hour(3), .closed_until = {}}},
       .corrections = {}});
  EventView doubted = shop_event("a", hours(3));
  doubted.clock_epoch = kDoubt.value();
  world.log.add(kFirst, {doubted});
  EXPECT_TRUE(world.drain());
  EXPECT_EQ(world.rows().begin()->first, Row(hour(3), "shop"));
  say({.number = 2,
       .newest = kDoubt,
       .doubted = {},
       .corrections = {{.epoch = kDoubt, .shift = hours(24)}}});
  ASSERT_TRUE(world.core->superseded());
  world.open();
  EXPECT_TRUE(world.drain());
  ASSERT_EQ(world.rows().size(), 1U);
  EXPECT_EQ(world.rows().begin()->first, Row(hour(27), "shop"));
  EXPECT_TRUE(HoursWorld::add_up(world.books()));
}

TEST(ViewHoursTest, AnEventIsInItsHourOnceThoughTheStoreFailsOnTheWay) {
  HoursWorld world;
  hours hour_of_event{0};  // Each is of a new cell.
  for (const char* table : {"hours", "view.kept"}) {
    world.store.fail_reads(table, Error{ErrorKind::kUnavailable, "the disk is away"});
    world.log.add(kFirst, {shop_event(table, hour_of_event += hours(1))});
    EXPECT_FALSE(world.core->step());
    EXPECT_FALSE(world.core->step());
    world.store.fail_reads(table, std::nullopt);
    EXPECT_TRUE(world.drain());
    EXPECT_TRUE(world.core->checkpoint());
  }
  EXPECT_EQ(world.rows().size(), 2U);
  EXPECT_EQ(world.rows().begin()->second.counted.count, 1U);
  EXPECT_TRUE(HoursWorld::add_up(world.books()));
}

}  // namespace
}  // namespace hapax
