// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/keyed_view.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stream/event_hash.hpp"
#include "testing/evict_all.hpp"
#include "testing/failing_table_store.hpp"
#include "testing/seeded_random.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::int64_t kHour = 60;
constexpr std::int64_t kDay = 24 * kHour;
constexpr const char* kEventsOfKeys = "view.v.keys";

/// An event of the user "u" with the name "a" at a minute, received in the same one.
EventView event(std::string_view id, std::int64_t at, std::string_view user = "u",
                std::string_view name = "a") {
  return {.source = "shop",
          .message_id = id,
          .type = EventType::kTrack,
          .name = name,
          .user_id = user,
          .received_at = ProcessingTime(minutes(at)),
          .event_time = EventTime(minutes(at)),
          .properties = "{}"};
}

EventView received(EventView event, ProcessingTime at) {
  event.received_at = at;
  return event;
}

/// Sessions of half an hour by the day of their start, in groups by the first event's name.
std::string sessions(const std::string& more = "", const std::string& by = "1d") {
  return R"~({"name":"v","per":"user","window":{"session":"30m","by":")~" + by +
         R"~("},"group_by":["event"],)~" + more +
         R"~("measures":{"a":"count","b":"sum(key.events)","c":"sum(key.seconds)"}})~";
}

constexpr const char* kHours =
    R"~({"name":"v","per":"user","window":{"tumbling":"1h"},"keep":"1d","group_by":["event"],)~"
    R"~("measures":{"a":"count","b":"sum(key.events)","c":"sum(key.seconds)"}})~";

using Store = FailingTableStore;

class KeyedViewTest : public testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  /// On what is stored, as after a restart.
  void start(const std::string& json = sessions()) {
    const auto parsed = parse_view_json(json);
    ASSERT_TRUE(parsed) << parsed.error().text();
    auto view = make_running_view(*parsed, inputs_, 7, store_, "v");
    ASSERT_TRUE(view) << view.error().text();
    view_ = std::move(*view);
    const std::string manifest = store_.manifest().value().value_or("");
    ByteReader in(manifest);
    ASSERT_TRUE(manifest.empty() || view_->restore(in));
  }

  Result<void> try_add(const EventView& event, EventTime watermark = EventTime::min()) {
    const KeyedEvent keyed = key_event(event, hasher_);
    event_.read(keyed);
    return view_->add(event_, watermark);
  }
  void add(const EventView& event, EventTime watermark = EventTime::min()) {
    ASSERT_TRUE(try_add(event, watermark));
  }

  void checkpoint() {
    StateWrite write{.manifest = {}};
    ASSERT_TRUE(view_->freeze().add_to(write, store_));
    ByteWriter out(write.manifest);
    view_->encode(out);
    ASSERT_TRUE(store_.write(write));
    view_->commit();
  }

  /// "24 [a] 1 3 60": the first hour, the group, the answers.
  Lines cells() const {
    Lines lines;
    const auto keys = view_->cells().keys_from({}, SIZE_MAX).value();
    for (const std::string& key : keys) {
      const ViewCellKey parts = split_view_cell_key(key).value();
      std::string line = std::to_string(to_micros(parts.window.start) / 3'600'000'000) + " [";
      const auto group = decode_group(parts.group).value();
      for (const OwnedValue& value : group) {
        line += (line.ends_with('[') ? "" : " ") + std::get<std::string>(value);
      }
      line += "]";
      const ViewCell cell = view_->cells().find(key).value().value();
      for (const auto& result : cell.measures.finalize(hours(1))) {
        const auto* count = std::get_if<std::uint64_t>(&result.answer);
        const double number =
            count != nullptr ? static_cast<double>(*count) : std::get<double>(result.answer);
        line += ' ';
        line += std::to_string(static_cast<std::int64_t>(number));
      }
      lines.push_back(line + (cell.revision > 0 ? " r" + std::to_string(cell.revision) : ""));
    }
    return lines;
  }

  /// By key: those of windows that end at or before a time.
  std::map<std::string, ViewCell> final_cells(EventTime until) const {
    std::map<std::string, ViewCell> cells;
    const auto keys = view_->cells().keys_from({}, SIZE_MAX).value();
    for (const std::string& key : keys) {
      if (split_view_cell_key(key).value().window.end <= until) {
        cells.emplace(key, view_->cells().find(key).value().value());
      }
    }
    return cells;
  }
  static bool is_equal(const ViewCell& left, const ViewCell& right) {
    return left.size == right.size &&
           left.measures.finalize(hours(1)) == right.measures.finalize(hours(1));
  }

  std::size_t stored_keys() const { return store_.table(kEventsOfKeys).size(); }
  const SourceAccount& account() const { return view_->account().sources().at("shop"); }

  Store store_;
  IdHasher hasher_;
  ViewInputs inputs_;
  EventInputs event_{inputs_, hasher_};
  std::unique_ptr<RunningView> view_;
};

TEST_F(KeyedViewTest, ASessionOverMidnightAndTheHourStaysOne) {
  start();
  add(event("1", kDay - 10));
  add(event("2", kDay + 10));
  add(event("3", kDay + 35));
  EXPECT_EQ(cells(), Lines{"0 [a] 1 3 2700"});
  store_ = Store();
  start(sessions("", "1h"));
  add(event("1", kDay - 10));
  add(event("2", kDay + 10));
  EXPECT_EQ(cells(), Lines{"23 [a] 1 2 1200"});
}

TEST_F(KeyedViewTest, ALateEventBetweenTwoSessionsMakesThemOneAndBothDaysAreRight) {
  start();
  add(event("1", kDay - 30));
  add(event("2", kDay + 20));
  add(event("3", kDay + 5, "v"));
  EXPECT_EQ(cells(), (Lines{"0 [a] 1 1 0", "24 [a] 2 2 0"}));
  checkpoint();
  start();
  add(event("4", kDay - 5));
  EXPECT_EQ(cells(), (Lines{"0 [a] 1 3 3000", "24 [a] 1 1 0"}));
  EXPECT_EQ(stored_keys(), 3U);
  checkpoint();
  EXPECT_EQ(stored_keys(), 2U);
  start();
  EXPECT_EQ(cells(), (Lines{"0 [a] 1 3 3000", "24 [a] 1 1 0"}));
}

TEST_F(KeyedViewTest, ADayWhoseOnlySessionWasJoinedToAnotherOneHasNoCell) {
  start();
  add(event("1", kDay - 30));
  add(event("2", kDay + 20));
  checkpoint();
  start();
  add(event("3", kDay - 5));
  checkpoint();
  start();
  EXPECT_EQ(cells(), Lines{"0 [a] 1 3 3000"});
  EXPECT_EQ(store_.table("view.v").size(), 1U);
}

TEST_F(KeyedViewTest, AGapOfExactlyTheLimitIsOneSessionAndOneMoreMicrosecondTwo) {
  start();
  add(event("1", 0));
  add(event("2", 30));
  EXPECT_EQ(cells(), Lines{"0 [a] 1 2 1800"});
  EventView beyond = event("3", 60);
  beyond.event_time += Microseconds(1);
  add(beyond);
  EXPECT_EQ(cells(), Lines{"0 [a] 2 3 1800"});
}

TEST_F(KeyedViewTest, AUserOnTwoDevicesHasOneSession) {
  start();
  EventView phone = event("1", 0);
  phone.anonymous_id = "phone";
  EventView laptop = event("2", 20);
  laptop.anonymous_id = "laptop";
  add(phone);
  add(laptop);
  EXPECT_EQ(cells(), Lines{"0 [a] 1 2 1200"});
}

TEST_F(KeyedViewTest, ALateFirstEventMovesASessionToAnotherDayAndGroup) {
  start();
  add(event("1", kDay + 5));
  add(event("2", kDay + 6, "v"));
  add(event("3", kDay + 7, "v", "later"));
  EXPECT_EQ(cells(), Lines{"24 [a] 2 3 60"});
  checkpoint();
  start();
  add(event("4", kDay - 5, "u", "landing"));
  EXPECT_EQ(cells(), (Lines{"0 [landing] 1 2 600", "24 [a] 1 2 60"}));
  checkpoint();
  start();
  EXPECT_EQ(cells(), (Lines{"0 [landing] 1 2 600", "24 [a] 1 2 60"}));
}

TEST_F(KeyedViewTest, OfTwoFirstEventsTheOneWithTheLeastIdHasTheGroup) {
  const bool is_a = hasher_.event_id("shop", "1") < hasher_.event_id("shop", "2");
  const std::vector<EventView> both = {event("1", 5), event("2", 5, "u", "b")};
  for (const std::size_t first : {0U, 1U}) {
    store_ = Store();
    start();
    add(both[first]);
    add(both[1 - first]);
    EXPECT_EQ(cells(), Lines{is_a ? "0 [a] 1 2 0" : "0 [b] 1 2 0"});
  }
}

/// Sessions by the day of their start, in groups by the names of their first and last events.
std::string entries_and_exits(const std::string& window = R"({"session":"30m","by":"1d"})") {
  return R"~({"name":"v","per":"user","window":)~" + window +
         R"~(,"group_by":["last(event)","event"],"measures":{"a":"count"}})~";
}

TEST_F(KeyedViewTest, ASessionIsInTheGroupOfItsFirstAndItsLastEvent) {
  start(entries_and_exits());
  add(event("1", 5, "u", "in"));
  EXPECT_EQ(cells(), Lines{"0 [in in] 1"});
  add(event("2", 10, "u", "out"));
  add(event("3", 7, "u", "between"));
  EXPECT_EQ(cells(), Lines{"0 [in out] 1"});
  checkpoint();
  start(entries_and_exits());
  add(event("4", 8, "u", "between"));
  EXPECT_EQ(cells(), Lines{"0 [in out] 1"});
  add(event("5", 20, "u", "later"));
  EXPECT_EQ(cells(), Lines{"0 [in later] 1"});
}

TEST_F(KeyedViewTest, OfTwoSessionsThatBecomeOneTheEntryOfTheEarlierAndTheExitOfTheLaterStay) {
  start(entries_and_exits());
  add(event("1", kDay - 30, "u", "a"));
  add(event("2", kDay - 29, "u", "b"));
  add(event("3", kDay + 20, "u", "c"));
  add(event("4", kDay + 21, "u", "d"));
  EXPECT_EQ(cells(), (Lines{"0 [a b] 1", "24 [c d] 1"}));
  checkpoint();
  start(entries_and_exits());
  add(event("5", kDay - 5, "u", "e"));
  EXPECT_EQ(cells(), Lines{"0 [a d] 1"});
}

TEST_F(KeyedViewTest, AKeyOfAWindowIsInTheGroupOfItsLastEventThere) {
  start(entries_and_exits(R"({"tumbling":"1h"})"));
  add(event("1", 10, "u", "a"));
  add(event("2", 70, "u", "b"));
  add(event("3", 50, "u", "c"));
  EXPECT_EQ(cells(), (Lines{"0 [a c] 1", "1 [b b] 1"}));
}

TEST_F(KeyedViewTest, OfTwoLastEventsTheOneWithTheLeastIdHasTheGroup) {
  const bool is_a = hasher_.event_id("shop", "1") < hasher_.event_id("shop", "2");
  const std::vector<EventView> both = {event("1", 5), event("2", 5, "u", "b")};
  for (const std::size_t first : {0U, 1U}) {
    store_ = Store();
    start(entries_and_exits());
    add(event("0", 0, "u", "in"));
    add(both[first]);
    add(both[1 - first]);
    EXPECT_EQ(cells(), Lines{is_a ? "0 [in a] 1" : "0 [in b] 1"});
  }
}

TEST_F(KeyedViewTest, AStateHoldsTheLastEventOnlyWhereAGroupIsOfIt) {
  const auto state_bytes = [this](const std::string& spec) {
    store_ = Store();
    start(spec);
    add(event("1", 5));
    checkpoint();
    return store_.table(kEventsOfKeys).begin()->second.size();
  };
  constexpr std::size_t kGroupBytes = 4 + 4;  // A length, and the name "a".
  constexpr std::size_t kEntryBytes = 5 * 8 + kGroupBytes;
  EXPECT_EQ(state_bytes(sessions()), kEntryBytes);
  EXPECT_EQ(state_bytes(entries_and_exits()), kEntryBytes + 2 * 8 + kGroupBytes);
}

TEST_F(KeyedViewTest, AWindowWhoseSessionsMayEndOtherwiseIsNotFinal) {
  start(entries_and_exits());
  add(event("1", kDay - 10));
  EXPECT_EQ(view_->settle(EventTime(minutes(kDay))), EventTime(minutes(0)));
}

TEST_F(KeyedViewTest, AnEventWithoutAKeyIsInTheAccountAlone) {
  start();
  add(event("1", 5));
  add(event("2", 5, ""));
  EXPECT_EQ(cells(), Lines{"0 [a] 1 1 0"});
  EXPECT_EQ(account().matching.count, 2U);
  EXPECT_EQ(account().without_key.count, 1U);
  EXPECT_EQ(account().matching.digest, account().counted.digest + account().without_key.digest);
}

TEST_F(KeyedViewTest, AnEventOfASessionIsExpiredByItsOwnRecordAlone) {
  start(sessions(R"("keep":"10m",)"));
  const ProcessingTime over = ProcessingTime(minutes(5 + 30 + 10));
  add(event("1", 30));
  add(received(event("2", 5), over));  // Its session is there, and does not take it all the same.
  EXPECT_EQ(cells(), Lines{"0 [a] 1 1 0"});
  add(received(event("3", 5), over - Microseconds(1)));
  EXPECT_EQ(cells(), Lines{"0 [a] 1 2 1500"});
  EXPECT_EQ(account().expired.count, 1U);
  EXPECT_EQ(account().counted.count, 2U);
}

TEST_F(KeyedViewTest, ASessionIsKeptAsLongAsAnEventMayComeForIt) {
  start(sessions(R"("keep":"10m",)"));
  add(event("1", 5));
  checkpoint();
  evict_all(*view_);
  const ProcessingTime dead = ProcessingTime(minutes(5 + 30 + 30 + 10));
  view_->drop_expired(dead);
  checkpoint();
  EXPECT_EQ(stored_keys(), 1U) << "its day is not over";
  view_->drop_expired(dead - Microseconds(1));
  checkpoint();
  EXPECT_EQ(stored_keys(), 1U);
  add(received(event("2", 35), dead - Microseconds(1)));
  EXPECT_EQ(cells(), Lines{"0 [a] 1 2 1800"});
  checkpoint();
  evict_all(*view_);
  view_->drop_expired(ProcessingTime(minutes(kDay + 30 + 10)) - Microseconds(1));
  checkpoint();
  EXPECT_EQ(stored_keys(), 1U);
  view_->drop_expired(ProcessingTime(minutes(kDay + 30 + 10)));
  EXPECT_TRUE(view_->dirty());
  checkpoint();
  EXPECT_EQ(stored_keys(), 0U);
  EXPECT_EQ(cells(), Lines{});
}

TEST_F(KeyedViewTest, ASessionThatIsNewerHereIsNotSwept) {
  start(sessions(R"("keep":"10m",)"));
  add(event("1", 5));
  checkpoint();
  add(event("2", 35));
  view_->drop_expired(ProcessingTime(minutes(5 + 30 + 30 + 10)));
  checkpoint();
  EXPECT_EQ(stored_keys(), 1U);
}

TEST_F(KeyedViewTest, SweepsGoOnWhereTheLastOneEnded) {
  const std::string spec = sessions(R"("keep":"10m",)", "1h");
  start(spec);
  const std::size_t living = 2 * SessionKeys::kSweepRowsMin;
  for (std::size_t i = 0; i < living; ++i) {
    add(event(std::to_string(i), 9 * kHour, std::string("a").append(std::to_string(i))));
  }
  add(event("z", 5, "z"));
  checkpoint();
  start(spec);
  for (int sweeps = 0; sweeps < 3; ++sweeps) {
    EXPECT_EQ(stored_keys(), living + 1);
    view_->drop_expired(ProcessingTime(hours(9)));
    checkpoint();
  }
  EXPECT_EQ(stored_keys(), living);
}

TEST_F(KeyedViewTest, WhereNothingExpiresNothingIsLookedThrough) {
  start();
  add(event("1", 5));
  checkpoint();
  store_.scans = 0;
  view_->drop_expired(ProcessingTime(hours(9)));
  EXPECT_EQ(store_.scans, 0);
}

TEST_F(KeyedViewTest, ASessionThatGoesOnAfterItsWindowWasDroppedBringsNothingBack) {
  const std::string spec = sessions(R"("keep":"1m",)", "1h");
  start(spec);
  add(event("1", 50));
  add(event("2", 75));
  checkpoint();
  view_->drop_expired(ProcessingTime(minutes(60 + 30 + 1)));
  EXPECT_EQ(cells(), Lines{});
  checkpoint();
  start(spec);
  add(event("3", 95));
  EXPECT_EQ(cells(), Lines{});
  EXPECT_EQ(account().counted.count, 3U);
  add(event("4", 140));
  EXPECT_EQ(cells(), Lines{"2 [a] 1 1 0"});
}

TEST_F(KeyedViewTest, AnEventIsCountedInKeyAndCellsOrInNeither) {
  for (const bool of_sessions : {true, false}) {
    const std::string spec =
        of_sessions ? sessions()
                    : R"({"name":"v","per":"user","window":{"hopping":"2h","advance":"1h"},)"
                      R"~("group_by":["event"],"measures":{"a":"sum(key.events)"}})~";
    for (const char* table : {"view.v.keys", "view.v"}) {
      store_ = Store();
      start(spec);
      add(event("1", 5));
      const Lines before = cells();
      checkpoint();
      start(spec);
      store_.failing = table;
      EXPECT_FALSE(try_add(event("2", 6)));
      store_.failing.clear();
      EXPECT_EQ(cells(), before);
      EXPECT_FALSE(view_->dirty());
      EXPECT_EQ(account().matching.count, 1U);
      add(event("2", 6, "u", "b"));
      add(event("3", 4, "u", "b"));
      EXPECT_EQ(cells().front().substr(0, 7), of_sessions ? "0 [b] 1" : "-1 [b] ");
    }
  }
}

TEST_F(KeyedViewTest, ADamagedKeyIsCorruption) {
  for (const std::string& spec :
       {sessions(), entries_and_exits(),
        std::string(R"({"name":"v","per":"user","measures":{"a":"count"}})")}) {
    store_ = Store();
    start(spec);
    add(event("1", 5));
    checkpoint();
    const auto [key, value] = *store_.table(kEventsOfKeys).begin();
    for (const std::string& damaged :
         {std::string(), value.substr(0, value.size() - 1), value + "x"}) {
      StateWrite::Table change{.name = kEventsOfKeys};
      change.changes.put(key, damaged);
      const Store whole = store_;
      ASSERT_TRUE(store_.write({.manifest = {}, .tables = {change}}));
      start(spec);
      const auto added = try_add(event("2", 5));
      ASSERT_FALSE(added);
      EXPECT_EQ(added.error().kind, ErrorKind::kCorrupt);
      store_ = whole;
    }
  }
}

TEST_F(KeyedViewTest, AKeyIsInACellOnceHoweverManyEventsItHas) {
  start(kHours);
  add(event("1", 5));
  add(event("2", 6));
  add(event("3", 7, "v"));
  add(event("4", 65));
  EXPECT_EQ(cells(), (Lines{"0 [a] 2 3 60", "1 [a] 1 1 0"}));
  add(event("5", 4, "u", "landing"));
  EXPECT_EQ(cells(), (Lines{"0 [a] 1 1 0", "0 [landing] 1 3 120", "1 [a] 1 1 0"}));
}

TEST_F(KeyedViewTest, ASessionOfOneEventIsABounceUntilAnotherOneComes) {
  start(R"~({"name":"v","per":"user","window":{"session":"30m"},)~"
        R"~("measures":{"a":"count","b":"sum(key.bounced)"}})~");
  add(event("1", 5));
  add(event("2", 5, "v"));
  EXPECT_EQ(cells(), Lines{"0 [] 2 2"});
  add(event("3", 4));
  EXPECT_EQ(cells(), Lines{"0 [] 2 1"});
}

TEST_F(KeyedViewTest, SessionsThatNoSilenceEndsAreNewUsers) {
  start(R"({"name":"v","per":"user","window":{"session":"5200w"},"measures":{"a":"count"}})");
  add(event("1", 2 * kDay));
  add(event("2", 2 * kDay, "v"));
  add(event("3", 900 * kDay));
  EXPECT_EQ(cells(), Lines{"48 [] 2"});
  add(event("4", kDay, "v"));
  EXPECT_EQ(cells(), (Lines{"24 [] 1", "48 [] 1"}));
}

/// Of a key in each of its windows: is it new?
std::string new_and_all(const std::string& window, const std::string& more = "") {
  return R"~({"name":"v","per":"user","window":)~" + window + "," + more +
         R"~("measures":{"a":"count","b":"sum(key.is_new)"}})~";
}
const std::string kByHour = R"({"tumbling":"1h"})";

TEST_F(KeyedViewTest, AKeyIsNewInTheWindowOfItsFirstEventAndReturnsInOthers) {
  start(new_and_all(kByHour));
  add(event("1", 10));
  add(event("2", 20));
  add(event("3", 70));
  add(event("4", 80, "v"));
  EXPECT_EQ(cells(), (Lines{"0 [] 1 1", "1 [] 2 1"}));
  checkpoint();
  start(new_and_all(kByHour));
  add(event("5", 90));
  add(event("6", 140, "v"));
  EXPECT_EQ(cells(), (Lines{"0 [] 1 1", "1 [] 2 1", "2 [] 1 0"}));
}

TEST_F(KeyedViewTest, ALateFirstEventMakesANewKeyOneThatReturns) {
  start(new_and_all(kByHour));
  add(event("1", 70));
  add(event("2", 80, "v"));
  EXPECT_EQ(cells(), Lines{"1 [] 2 2"});
  checkpoint();
  start(new_and_all(kByHour));
  add(event("3", 10), EventTime(minutes(2 * kHour)));
  EXPECT_EQ(cells(), (Lines{"0 [] 1 1 r1", "1 [] 2 1 r1"}));
  checkpoint();
  start(new_and_all(kByHour));
  EXPECT_EQ(cells(), (Lines{"0 [] 1 1 r1", "1 [] 2 1 r1"}));
}

TEST_F(KeyedViewTest, OfTheSessionsOfAKeyTheFirstOneIsNew) {
  const std::string spec = new_and_all(R"({"session":"30m","by":"1h"})");
  start(spec);
  add(event("1", 190));
  add(event("2", 70));
  EXPECT_EQ(cells(), (Lines{"1 [] 1 1", "3 [] 1 0"}));
  checkpoint();
  start(spec);
  add(event("3", 10));
  EXPECT_EQ(cells(), (Lines{"0 [] 1 1", "1 [] 1 0", "3 [] 1 0"}));
  add(event("4", 40));  // Joins the first two.
  EXPECT_EQ(cells(), (Lines{"0 [] 1 1", "3 [] 1 0"}));
}

TEST_F(KeyedViewTest, AfterASilenceAKeyIsNewAgainUnlessALateEventWasInIt) {
  const std::string spec = new_and_all(kByHour, R"("first_seen_keep":"2h",)");
  start(spec);
  add(event("1", 10));
  add(event("2", 130));
  add(event("3", 251));
  EXPECT_EQ(cells(), (Lines{"0 [] 1 1", "2 [] 1 0", "4 [] 1 1"}));
  checkpoint();
  start(spec);
  add(event("4", 190));
  EXPECT_EQ(cells(), (Lines{"0 [] 1 1", "2 [] 1 0", "3 [] 1 0", "4 [] 1 0"}));
}

TEST_F(KeyedViewTest, LivesOfKeysGoOnceNoEventMayComeForThem) {
  const std::string spec = new_and_all(kByHour, R"("keep":"1h","first_seen_keep":"2h",)");
  start(spec);
  add(event("1", 10));
  checkpoint();
  view_->drop_expired(ProcessingTime(minutes(10 + 5 * kHour)) - Microseconds(1));
  checkpoint();
  EXPECT_EQ(store_.table("view.v.lives").size(), 1U);
  evict_all(*view_);
  view_->drop_expired(ProcessingTime(minutes(10 + 5 * kHour)));
  EXPECT_TRUE(view_->dirty());
  checkpoint();
  EXPECT_EQ(store_.table("view.v.lives").size(), 0U);
}

TEST_F(KeyedViewTest, WhereALifeCannotBeReadNothingIsCounted) {
  start(new_and_all(kByHour));
  add(event("1", 70));
  const Lines before = cells();
  checkpoint();
  start(new_and_all(kByHour));
  store_.failing = "view.v.lives";
  EXPECT_FALSE(try_add(event("2", 10)));
  store_.failing.clear();
  EXPECT_EQ(cells(), before);
  EXPECT_FALSE(view_->dirty());
}

TEST_F(KeyedViewTest, WhatIsLateChangesACellOnce) {
  start();
  add(event("1", 0));
  add(event("2", 50));
  add(event("3", 25), EventTime(minutes(kDay + 80)));  // Joins two, in the same cell.
  EXPECT_EQ(cells(), Lines{"0 [a] 1 3 3000 r1"});
  add(event("4", 60), EventTime(minutes(kDay)) - Microseconds(1));
  EXPECT_EQ(cells(), Lines{"0 [a] 1 4 3600 r1"});
}

TEST_F(KeyedViewTest, AWindowOfSessionsIsFinalOnceTheGapAfterItsLastSessionIsOver) {
  start();
  add(event("1", kDay - 10));
  add(event("2", kDay + 15));
  const auto settled = [this](std::int64_t minute) {
    return view_->settle(EventTime(minutes(minute))).value();
  };
  EXPECT_EQ(settled(kDay + 45), EventTime(minutes(0))) << "an event may still go on with it";
  checkpoint();
  start();
  EXPECT_EQ(settled(kDay + 45), EventTime(minutes(0))) << "nor does a restart end it";
  EXPECT_EQ(settled(kDay + 46), EventTime(minutes(kDay + 46)));
  add(event("3", kDay + 40), EventTime(minutes(kDay + 46)));
  EXPECT_EQ(settled(kDay + 50), EventTime(minutes(0))) << "a late one goes on with it";
  EXPECT_EQ(cells(), Lines{"0 [a] 1 3 3000 r1"}) << "which is a correction";
}

TEST_F(KeyedViewTest, WhereASessionIsOneWhateverComesItsWindowIsFinalAsOthersAre) {
  start(R"({"name":"v","per":"user","window":{"session":"30m"},"measures":{"a":"count"}})");
  add(event("1", kDay - 10));
  EXPECT_EQ(view_->settle(EventTime(minutes(kDay))), std::nullopt) << "the watermark says it";
}

TEST_F(KeyedViewTest, WhatIsFinalNoEventChangesThatIsOnTime) {
  start(sessions("", "1h"));
  SeededRandom random(3);
  std::int64_t now = 0;
  const auto final_cells = [this](EventTime until) {
    Lines lines = cells();
    std::erase_if(lines, [&](const std::string& line) {
      return EventTime(hours(std::stoll(line) + 1)) > until;
    });
    return lines;
  };
  for (int i = 0; i < 600; ++i) {
    now += static_cast<std::int64_t>(random.below(12));
    const EventTime watermark{minutes(now)};
    const EventTime until = view_->settle(watermark).value();
    const Lines before = final_cells(until);
    const std::string user = std::string("u").append(std::to_string(random.below(6)));
    const auto ahead = static_cast<std::int64_t>(random.below(60));
    add(event(std::to_string(i), now + ahead, user), watermark);
    ASSERT_EQ(final_cells(until), before) << i;
    if (random.one_in(50)) {
      checkpoint();
      start(sessions("", "1h"));
    }
  }
  EXPECT_GT(final_cells(view_->settle(EventTime(minutes(now))).value()).size(), 20U);
}

/// A late first event moves a session into a window that was final, though the session goes on.
TEST_F(KeyedViewTest, ASessionThatGoesOnChangesAFinalWindowWithARevision) {
  start(sessions("", "1h"));
  add(event("1", kHour + 2), EventTime(minutes(kHour)));
  ASSERT_EQ(view_->settle(EventTime(minutes(kHour + 5))), EventTime(minutes(kHour)));
  add(event("2", kHour - 10), EventTime(minutes(kHour + 5)));
  EXPECT_EQ(cells(), Lines{"0 [a] 1 2 720 r1"});
}

TEST_F(KeyedViewTest, AKeyThatIsNewInAFinalWindowMakesARevision) {
  start(
      R"({"name":"v","per":"user","window":{"session":"5200w","by":"1d"},"measures":{"a":"count"}})");
  add(event("1", kDay + 1), EventTime(minutes(kDay)));
  add(event("2", 5), EventTime(minutes(2 * kDay)));
  EXPECT_EQ(cells(), Lines{"0 [] 1 r1"});
}

TEST_F(KeyedViewTest, WhatComesBackToAFinalWindowIsOfNoLowerRevision) {
  const EventTime over{minutes(4 * kHour)};
  start(sessions("", "1h"));
  add(event("1", kHour + 10));
  add(event("2", kHour + 20), over);
  EXPECT_EQ(cells(), Lines{"1 [a] 1 2 600 r1"});
  checkpoint();
  add(event("3", kHour - 5), over);
  EXPECT_EQ(cells(), Lines{"0 [a] 1 3 1500 r1"});
  checkpoint();
  start(sessions("", "1h"));
  EXPECT_EQ(cells(), Lines{"0 [a] 1 3 1500 r1"});
  add(event("4", kHour + 30, "v"), over);
  EXPECT_EQ(cells(), (Lines{"0 [a] 1 3 1500 r1", "1 [a] 1 1 0 r3"}));
}

/// What readers were told to be final does not become something else without a word.
TEST_F(KeyedViewTest, WhatIsFinalChangesWithARevisionAlone) {
  const std::string count =
      R"({"name":"v","per":"user","window":{"session":"30m","by":"1h"},"measures":{"a":"count"}})";
  for (const std::string& spec : {sessions("", "1h"), count}) {
    start(spec);
    SeededRandom random(5);
    std::int64_t now = 0;
    for (int i = 0; i < 600; ++i) {
      now += static_cast<std::int64_t>(random.below(12));
      const EventTime watermark{minutes(now)};
      const EventTime until = view_->settle(watermark).value_or(watermark);
      const std::map<std::string, ViewCell> before = final_cells(until);
      const std::string user = std::string("u").append(std::to_string(random.below(6)));
      const std::int64_t at = now + 60 - static_cast<std::int64_t>(random.below(240));
      add(event(std::to_string(i), at, user), watermark);
      for (const auto& [key, cell] : final_cells(until)) {
        const auto former = before.find(key);
        const std::uint64_t revision = former == before.end() ? 0 : former->second.revision;
        const bool is_same = former != before.end() && is_equal(former->second, cell);
        ASSERT_TRUE(is_same || cell.revision > revision) << i;
      }
    }
    store_ = Store();
  }
}

TEST_F(KeyedViewTest, AnEventThatChangesNoAnswerChangesNoCell) {
  const std::string spec =
      R"({"name":"v","per":"user","window":{"session":"30m"},"measures":{"a":"count"}})";
  start(spec);
  add(event("1", 0));
  checkpoint();
  add(event("2", 10));
  EXPECT_FALSE(view_->cells().dirty());
  EXPECT_TRUE(view_->dirty());
  checkpoint();
  start(spec);
  add(event("3", 40));
  EXPECT_EQ(cells(), Lines{"0 [] 1"});
}

/// That they are as of the freeze is ViewOracleTest's.
TEST_F(KeyedViewTest, AFreezeLeavesStatesToWhoWritesThem) {
  for (const std::string& spec : {sessions(), std::string(kHours)}) {
    start(spec);
    add(event("1", 5));
    const FrozenRunningView frozen = view_->freeze();
    ASSERT_FALSE(frozen.others.empty());
    EXPECT_TRUE(frozen.others[0].rows.empty());
    EXPECT_EQ(frozen.others[0].images->all().value().size(), 1U);
  }
}

TEST_F(KeyedViewTest, StatesThatAreDroppedOnTheirWayIntoTheStoreGoWithTheNextWrite) {
  start(kHours);
  add(event("1", 5));
  const FrozenRunningView frozen = view_->freeze();
  view_->drop_expired(ProcessingTime(hours(400)));
  StateWrite write{.manifest = {}};
  ASSERT_TRUE(frozen.add_to(write, store_));
  ASSERT_TRUE(store_.write(write));
  EXPECT_EQ(stored_keys(), 1U);
  view_->commit();
  checkpoint();
  EXPECT_EQ(stored_keys(), 0U);
  evict_all(*view_);
  EXPECT_EQ(view_->memory_bytes(), 0U);
}

TEST_F(KeyedViewTest, OpenSessionsStayInMemory) {
  start();
  add(event("1", 5));
  add(event("2", 5, "v"));
  add(event("3", 20, "v"));
  checkpoint();
  auto& keys = dynamic_cast<KeyedView&>(*view_);
  evict_all(*view_, EventTime(minutes(35)));
  EXPECT_EQ(keys.hot_keys(), 1U);
  evict_all(*view_, EventTime(minutes(kDay)));
  EXPECT_EQ(keys.hot_keys(), 0U);
  EXPECT_EQ(view_->memory_bytes(), 0U);
}

TEST_F(KeyedViewTest, KeysThatNoEventTouchesLeaveMemoryAfterAWhile) {
  for (const char* window : {R"({"session":"5200w"})", R"("none")"}) {
    store_ = Store();
    start(std::string(R"({"name":"v","per":"user","window":)") + window +
          R"(,"measures":{"a":"count"}})");
    add(event("1", 5));
    checkpoint();
    const auto& keys = dynamic_cast<KeyedView&>(*view_);
    const auto sleep = [&](std::uint32_t freezes) {
      for (std::uint32_t i = 0; i < freezes; ++i) {
        checkpoint();
        evict_all(*view_, EventTime::min());
      }
    };
    sleep(KeyStates::kIdleFreezes - 1);
    EXPECT_EQ(keys.hot_keys(), 1U);
    add(event("2", 6));
    sleep(KeyStates::kIdleFreezes);
    EXPECT_EQ(keys.hot_keys(), 1U);
    sleep(1);
    EXPECT_EQ(keys.hot_keys(), 0U);
    EXPECT_EQ(view_->memory_bytes(), 0U);
  }
}

TEST_F(KeyedViewTest, OfAKeyThatGoesOnTheFirstSessionsLeaveMemoryAndComeBack) {
  constexpr int kDays = 6 * SessionKeys::kLastSessions;
  start();
  for (int day = 0; day < kDays; ++day) {
    add(event(std::to_string(day), day * kDay + 60));
  }
  checkpoint();
  const std::size_t all = view_->memory_bytes() - view_->cells().memory_bytes();
  add(event("next", (kDays - 1) * kDay + 61));
  EXPECT_LT(view_->memory_bytes() - view_->cells().memory_bytes(), all);
  add(event("late", 62));
  EXPECT_EQ(cells().front(), "0 [a] 1 2 120");
  EXPECT_EQ(cells().back(), std::to_string((kDays - 1) * 24) + " [a] 1 2 60");
  checkpoint();
  EXPECT_EQ(stored_keys(), static_cast<std::size_t>(kDays));
}

TEST_F(KeyedViewTest, AnEventFromLongAgoFindsTheSessionsOfThatTime) {
  start();
  for (int day = 0; day < 5; ++day) {
    add(event(std::string("1").append(std::to_string(day)), day * kDay + 60));
    add(event(std::string("2").append(std::to_string(day)), day * kDay + 120));
  }
  checkpoint();
  start();
  add(event("3", 4 * kDay + 130));
  add(event("4", kDay + 90));
  evict_all(*view_);
  EXPECT_EQ(cells()[1], "24 [a] 1 3 3600");
  EXPECT_EQ(cells()[4], "96 [a] 2 3 600");
  checkpoint();
  EXPECT_EQ(stored_keys(), 9U);
}

TEST_F(KeyedViewTest, ItsTablesAreNamed) {
  start();
  add(event("1", 5));
  checkpoint();
  EXPECT_EQ(view_->tables(), (Lines{"view.v", "view.v.keys", "view.v.sample"}));
  EXPECT_EQ(store_.tables().size(), 3U);
  store_ = Store();
  start(new_and_all(kByHour));
  add(event("1", 5));
  checkpoint();
  EXPECT_EQ(view_->tables(), (Lines{"view.v", "view.v.keys", "view.v.lives"}));
  EXPECT_EQ(store_.tables().size(), 3U);
}

}  // namespace
}  // namespace hapax
