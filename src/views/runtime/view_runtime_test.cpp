// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_runtime.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "stream/event_hash.hpp"
#include "testing/evict_all.hpp"
#include "testing/memory_state_store.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;

EventTime minute(std::int64_t number) {
  return EventTime(minutes(number));
}

/// An event at a minute, received in the same one.
EventView event(std::string_view id, std::int64_t at, std::string_view properties = "{}") {
  return {.source = "shop",
          .message_id = id,
          .type = EventType::kTrack,
          .name = "a",
          .user_id = "u",
          .received_at = ProcessingTime(minutes(at)),
          .event_time = minute(at),
          .properties = properties};
}

std::string spec(const std::string& keys) {
  return R"({"name":"v","window":{"tumbling":"5m"},)" + keys + "}";
}

class ViewRuntimeTest : public testing::Test {
 protected:
  /// On what is stored, as after a restart.
  void start(const std::string& json) {
    const auto parsed = parse_view_json(json);
    ASSERT_TRUE(parsed) << parsed.error().text();
    auto plan = ViewPlan::create(*parsed, inputs_, 7);
    ASSERT_TRUE(plan) << plan.error().text();
    view_ = std::make_unique<ViewRuntime>(std::move(*plan), store_, "v");
    const std::string account = store_.manifest().value().value_or("");
    ByteReader in(account);
    ASSERT_TRUE(account.empty() || view_->restore(in));
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

  /// "5 [shop,a] 3 2": the first minute, the group, the answers.
  std::vector<std::string> cells() const {
    std::vector<std::string> lines;
    const auto keys = view_->cells().keys_from({}, SIZE_MAX).value();
    for (const std::string& key : keys) {
      const ViewCellKey parts = split_view_cell_key(key).value();
      std::string line = std::to_string(to_micros(parts.window.start) / 60'000'000);
      line += " [";
      const auto group = decode_group(parts.group).value();
      for (const OwnedValue& value : group) {
        line += line.back() == '[' ? "" : ",";
        line += text_of(value);
      }
      line += "]";
      const ViewCell cell = view_->cells().find(key).value().value();
      for (const auto& result : cell.measures.finalize(minutes(5))) {
        line += ' ';
        line += text_of(result.answer);
      }
      lines.push_back(line + (cell.revision > 0 ? " r" + std::to_string(cell.revision) : ""));
    }
    return lines;
  }

  template <typename Variant>
  static std::string text_of(const Variant& value) {
    return std::visit(
        []<typename T>(const T& one) -> std::string {
          if constexpr (std::is_same_v<T, std::string>) {
            return one;
          } else if constexpr (std::is_same_v<T, bool>) {
            return one ? "true" : "false";
          } else if constexpr (std::is_arithmetic_v<T>) {
            return std::to_string(static_cast<std::int64_t>(one));
          } else {
            return "-";
          }
        },
        value);
  }

  const SourceAccount& account() const { return view_->account().sources().at("shop"); }

  using Lines = std::vector<std::string>;

  MemoryStateStore store_;
  IdHasher hasher_;
  ViewInputs inputs_;
  EventInputs event_{inputs_, hasher_};
  std::unique_ptr<ViewRuntime> view_;
};

constexpr const char* kCounted = R"("group_by":["event"],"measures":{"n":"count"})";

TEST_F(ViewRuntimeTest, TheSourceComesFirstInAGroup) {
  start(spec(R"("group_by":["properties.plan","event","source"],"measures":{"n":"count"})"));
  add(event("1", 5, R"({"plan":"pro"})"));
  add(event("2", 5, R"({"plan":{"name":"pro"}})"));
  EXPECT_EQ(cells(), (Lines{"5 [shop,-,a] 1", "5 [shop,pro,a] 1"}));
  EXPECT_EQ(view_->plan().shape()->group_fields.front().kind, FieldKind::kSource);
  EXPECT_EQ(view_->plan().shape()->group_fields.back().kind, FieldKind::kEvent);
}

TEST_F(ViewRuntimeTest, ANumberAndATextAreTwoGroupsAndTwoValues) {
  start(spec(R"("group_by":["properties.x"],"measures":{"n":"count"})"));
  add(event("1", 5, R"({"x":1})"));
  add(event("2", 5, R"({"x":"1"})"));
  add(event("3", 5, R"({"x":1.0})"));
  EXPECT_EQ(cells(), (Lines{"5 [1] 2", "5 [1] 1"}));
  start(spec(R"~("measures":{"n":"uniques(properties.x)"})~"));
  add(event("1", 5, R"({"x":1})"));
  add(event("2", 5, R"({"x":"1"})"));
  add(event("3", 5, R"({"x":true})"));
  add(event("4", 5, R"({"x":1.0})"));
  EXPECT_EQ(cells(), Lines{"5 [] 3"});
}

TEST_F(ViewRuntimeTest, AUserCountsOnceUnderWhateverName) {
  start(spec(R"~("measures":{"n":"uniques(user)","m":"uniques(user_id)"})~"));
  add(event("1", 5));
  EventView anonymous = event("2", 5);
  anonymous.user_id = {};
  anonymous.anonymous_id = "u";
  add(anonymous);
  EXPECT_EQ(cells(), Lines{"5 [] 1 1"});
}

TEST_F(ViewRuntimeTest, UniquesAreExactUpToWhatTheViewSays) {
  start(
      spec(R"~("measures":{"few":"uniques(properties.x, 2)","many":"uniques(properties.x, 3)"})~"));
  add(event("1", 5, R"({"x":1})"));
  add(event("2", 5, R"({"x":2})"));
  add(event("3", 5, R"({"x":3})"));
  const std::string key = view_->cells().keys_from({}, 1).value().at(0);
  const auto results = view_->cells().find(key).value()->measures.finalize(minutes(5));
  EXPECT_FALSE(results[0].exact);
  EXPECT_TRUE(results[1].exact);
}

TEST_F(ViewRuntimeTest, LongTextsAreCutBetweenCharacters) {
  start(spec(R"~("group_by":["properties.x"],"measures":{"n":"count","t":"last(properties.x)"})~"));
  const std::string most(EventInputs::kTextBytesMax - 1, 'x');
  add(event("1", 5, R"({"x":")" + most + "\u00e4 and more\"}"));
  add(event("2", 5, R"({"x":")" + most + "\u00e4 and other\"}"));
  add(event("3", 5, R"({"x":")" + most + "yz\"}"));
  EXPECT_EQ(cells(), (Lines{"5 [" + most + "] 2 " + most, "5 [" + most + "y] 1 " + most + "y"}));
}

TEST_F(ViewRuntimeTest, LateEventsReviseACell) {
  start(spec(kCounted));
  add(event("1", 5), minute(10));
  add(event("2", 5), minute(10) - Microseconds(1));
  checkpoint();
  start(spec(kCounted));
  add(event("3", 5), minute(11));
  EXPECT_EQ(cells(), Lines{"5 [a] 3 r2"});
}

TEST_F(ViewRuntimeTest, AnEventMayBeLateForOneOfItsWindows) {
  start(R"({"name":"v","window":{"hopping":"10m","advance":"5m"},"measures":{"n":"count"}})");
  add(event("1", 5), minute(10));
  EXPECT_EQ(cells(), (Lines{"0 [] 1 r1", "5 [] 1"}));
}

TEST_F(ViewRuntimeTest, AnEventIsExpiredByItsOwnRecordAlone) {
  start(spec(R"("keep":"10m","measures":{"n":"count"})"));
  EventView on_time = event("1", 5);
  on_time.received_at = ProcessingTime(minutes(20)) - Microseconds(1);
  EventView expired = event("2", 5);
  expired.received_at = ProcessingTime(minutes(20));
  add(expired);
  EXPECT_EQ(cells(), Lines{});
  add(on_time);
  add(expired);  // Its window is there, and does not take it all the same.
  EXPECT_EQ(cells(), Lines{"5 [] 1"});
  EXPECT_EQ(account().matching.count, 3U);
  EXPECT_EQ(account().counted.count, 1U);
  EXPECT_EQ(account().expired.count, 2U);
}

TEST_F(ViewRuntimeTest, AnEventIsCountedInThoseOfItsWindowsThatLive) {
  start(R"({"name":"v","window":{"hopping":"10m","advance":"5m"},"keep":"1m",)"
        R"("measures":{"n":"count"}})");
  EventView late = event("1", 5);
  late.received_at = ProcessingTime(minutes(11));
  add(late);
  EXPECT_EQ(cells(), Lines{"5 [] 1"});
  EXPECT_EQ(account().counted.count, 1U);
  EXPECT_EQ(account().expired.count, 0U);
  EXPECT_EQ(account().in_cells, 1U);
}

TEST_F(ViewRuntimeTest, TheAccountBalances) {
  start(spec(R"("where":{"properties.x":{"gt":1}},"keep":"1m","measures":{"n":"count"})"));
  add(event("1", 5, R"({"x":2})"));
  add(event("2", 5, R"({"x":1})"));
  add(event("3", 5, R"({"x":"2"})"));
  EventView expired = event("4", 5, R"({"x":3})");
  expired.received_at = ProcessingTime(minutes(60));
  add(expired);
  checkpoint();
  start(spec(R"("where":{"properties.x":{"gt":1}},"keep":"1m","measures":{"n":"count"})"));
  EXPECT_EQ(account().kind_mismatches, 1U);
  EXPECT_EQ(account().counted.count, 1U);
  EXPECT_EQ(account().counted.digest.sum(), hasher_.event_id("shop", "1"));
  EXPECT_EQ(account().expired.digest.sum(), hasher_.event_id("shop", "4"));
  EXPECT_EQ(account().matching.digest, account().counted.digest + account().expired.digest);
}

TEST_F(ViewRuntimeTest, DroppedWindowsAreGoneHereAndInTheStore) {
  start(spec(R"~("keep":"10m","measures":{"n":"uniques(user)"})~"));
  add(event("1", 5));
  add(event("2", 10));
  checkpoint();
  add(event("3", 5));
  view_->drop_expired(ProcessingTime(minutes(20)) - Microseconds(1));
  EXPECT_EQ(cells(), (Lines{"5 [] 1", "10 [] 1"}));
  view_->drop_expired(ProcessingTime(minutes(20)));
  EXPECT_EQ(cells(), Lines{"10 [] 1"});
  EXPECT_TRUE(view_->dirty());
  checkpoint();
  EXPECT_FALSE(view_->dirty());
  EXPECT_EQ(store_.table("view.v").size(), 2U);  // Summary and run of the other one.
  EXPECT_EQ(account().counted.count, 3U);
}

TEST_F(ViewRuntimeTest, WindowsAreDroppedWhileTheyAreWritten) {
  start(spec(R"~("keep":"10m","measures":{"n":"uniques(user)"})~"));
  add(event("1", 5));
  const FrozenRunningView frozen = view_->freeze();
  view_->drop_expired(ProcessingTime(minutes(20)));
  StateWrite write{.manifest = {}};
  ASSERT_TRUE(frozen.add_to(write, store_));
  ASSERT_TRUE(store_.write(write));
  view_->commit();
  checkpoint();
  EXPECT_TRUE(store_.table("view.v").empty());
  EXPECT_EQ(view_->cells().memory_bytes(), 0U);
}

TEST_F(ViewRuntimeTest, WhatIsNotInTheStoreYetIsNotForgotten) {
  start(spec(kCounted));
  add(event("1", 5));
  evict_all(*view_);
  const FrozenRunningView frozen = view_->freeze();
  evict_all(*view_);
  add(event("2", 5));
  EXPECT_EQ(cells(), Lines{"5 [a] 2"});
}

TEST_F(ViewRuntimeTest, CellsThatNoEventTouchesLeaveAWindowThatDoesNotEnd) {
  start(R"({"name":"v","group_by":["properties.x"],"measures":{"n":"count"}})");
  add(event("1", 5, R"({"x":1})"));
  add(event("2", 5, R"({"x":2})"));
  checkpoint();
  evict_all(*view_, EventTime::min());
  EXPECT_EQ(view_->cells().hot_cells(), 2U);
  add(event("3", 5, R"({"x":1})"));
  checkpoint();
  evict_all(*view_, EventTime::min());
  EXPECT_EQ(view_->cells().hot_cells(), 1U);
  checkpoint();
  evict_all(*view_, EventTime::min());
  EXPECT_EQ(view_->cells().hot_cells(), 0U);
  EXPECT_EQ(view_->cells().memory_bytes(), 0U);
}

TEST_F(ViewRuntimeTest, CellsAreForgottenSoManyAtATimeTheOldestFirst) {
  start(R"({"name":"v","window":{"tumbling":"1h"},"group_by":["properties.x"],)"
        R"("measures":{"n":"count"}})");
  add(event("1", 5, R"({"x":1})"));
  add(event("2", 5, R"({"x":2})"));
  checkpoint();
  add(event("3", 5, R"({"x":1})"));
  checkpoint();
  EXPECT_EQ(view_->evict({.age_min = 0, .count_max = 1}), 1U);
  add(event("4", 5, R"({"x":2})"));
  EXPECT_EQ(view_->evict({.age_min = 0, .count_max = 2}), 1U)
      << "the other one came back, and is not stored as it is";
  EXPECT_EQ(view_->cells().hot_cells(), 1U);
  EXPECT_EQ(cells(), (Lines{"0 [1] 2", "0 [2] 2"}));
}

/// A store that stops being readable after some finds.
class StoreThatStops : public MemoryStateStore {
 public:
  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    if (finds_left == 0) {
      return Error{ErrorKind::kUnavailable, "the disk is gone"};
    }
    --finds_left;
    return MemoryStateStore::find(table, key);
  }

  int finds_left = 1;
};

TEST(ViewCellsTest, AnEventIsCountedInAllOfItsWindowsOrInNone) {
  StoreThatStops store;
  const MeasurePlan plan(std::vector<MeasureSpec>(1));
  ViewCells cells(store, "t", plan);
  const std::vector<Window> windows = {{.start = minute(0), .end = minute(10)},
                                       {.start = minute(5), .end = minute(15)}};
  EXPECT_FALSE(cells.add(windows, "g", {}, EventTime::min()));
  EXPECT_EQ(cells.hot_cells(), 0U);
  EXPECT_EQ(cells.memory_bytes(), 0U);
  EXPECT_TRUE(cells.keys_from({}, 9)->empty());
  store.finds_left = 2;
  EXPECT_TRUE(cells.add(windows, "g", {}, EventTime::min()));
  EXPECT_EQ(cells.keys_from({}, 9)->size(), 2U);
}

TEST(ViewCellsTest, OfAnEventThatCannotBeCountedNothingIsLeftBesideACellThatWasStored) {
  StoreThatStops store;
  store.finds_left = 100;
  const MeasurePlan plan(std::vector<MeasureSpec>(1));
  ViewCells cells(store, "t", plan);
  const std::vector<Window> windows = {{.start = minute(0), .end = minute(10)},
                                       {.start = minute(5), .end = minute(15)},
                                       {.start = minute(10), .end = minute(20)}};
  ASSERT_TRUE(cells.add({&windows[1], 1}, "g", {}, EventTime::min()));
  StateWrite write{.manifest = {}};
  ASSERT_TRUE(cells.freeze().add_to(write, store));
  ASSERT_TRUE(store.write(write));
  cells.commit();
  evict_all(cells);
  store.finds_left = 2;
  EXPECT_FALSE(cells.add(windows, "g", {}, EventTime::min()));
  EXPECT_EQ(cells.hot_cells(), 0U);
  EXPECT_EQ(cells.memory_bytes(), 0U);
}

/// Cells of a count and a median, over one sample.
class ChangedCellsTest : public testing::Test {
 protected:
  static constexpr Window kWindow{.start = EventTime(minutes(0)), .end = EventTime(minutes(10))};

  void start() { cells_ = std::make_unique<ViewCells>(store_, "t", plan_); }
  void checkpoint() {
    StateWrite write{.manifest = {}};
    ASSERT_TRUE(cells_->freeze().add_to(write, store_));
    ASSERT_TRUE(store_.write(write));
    cells_->commit();
  }
  void change(double number, bool leaves, bool is_late = false) {
    const Sample sample{.value = number};
    const CellChange change{.window = kWindow,
                            .group = "g",
                            .samples = {&sample, 1},
                            .leaves = leaves,
                            .is_late = is_late};
    ASSERT_TRUE(cells_->change({&change, 1}));
  }
  std::optional<ViewCell> cell() { return cells_->find(window_key(kWindow) + "g").value(); }
  static std::string bytes(const std::optional<ViewCell>& cell) {
    std::string bytes;
    ByteWriter out(bytes);
    cell->measures.encode(out);
    return bytes;
  }

  MemoryStateStore store_;
  const MeasurePlan plan_{std::vector<MeasureSpec>{{}, {.kind = MeasureKind::kQuantile}}};
  std::unique_ptr<ViewCells> cells_;
};

TEST_F(ChangedCellsTest, WhatLeavesACellHasNeverBeenThere) {
  start();
  change(1, false);
  const std::string before = bytes(cell());
  change(2, false);
  checkpoint();
  change(2, true);
  EXPECT_EQ(bytes(cell()), before);
  checkpoint();
  start();
  EXPECT_EQ(bytes(cell()), before);
  EXPECT_EQ(cell()->size, 1U);
}

TEST_F(ChangedCellsTest, ACellThatNothingIsInIsGoneHereAndInTheStore) {
  start();
  change(1, false);
  checkpoint();
  cells_->track_changes(true);
  change(1, true);
  EXPECT_FALSE(cell());
  EXPECT_TRUE(cells_->keys_from({}, 9)->empty());
  std::vector<std::string> told;
  cells_->visit_changes([&](const Window&, std::string_view, const ViewCell& one) {
    told.push_back(encode_value(one));
  });
  EXPECT_EQ(told, std::vector<std::string>{""});
  checkpoint();
  EXPECT_TRUE(store_.table("t").empty());
  start();
  EXPECT_FALSE(cell());
}

TEST_F(ChangedCellsTest, ACellThatComesBackIsOfNoLowerRevision) {
  for (const bool is_written_between : {false, true}) {
    store_ = MemoryStateStore();
    start();
    change(1, false, true);
    checkpoint();
    change(1, true);
    if (is_written_between) {
      checkpoint();
      start();
    }
    change(2, false, true);
    EXPECT_EQ(cell()->revision, 2U);
    const std::string before = bytes(cell());
    checkpoint();
    start();
    EXPECT_EQ(bytes(cell()), before);
    EXPECT_EQ(cell()->revision, 2U);
    EXPECT_EQ(store_.table("t").size(), 2U);  // Summary and run.
  }
}

TEST_F(ViewRuntimeTest, ADamagedCellIsCorruption) {
  const std::string measured =
      spec(R"~("measures":{"n":"uniques(properties.x)","t":"top(properties.x, 2)"})~");
  start(measured);
  add(event("1", 5, R"({"x":1})"));
  checkpoint();
  for (const auto& [key, value] : store_.table("view.v")) {
    for (const std::string& damaged :
         {std::string(), value.substr(0, value.size() - 1), value + "x"}) {
      StateWrite::Table change{.name = "view.v"};
      change.changes.put(key, damaged);
      const MemoryStateStore whole = store_;
      ASSERT_TRUE(store_.write({.manifest = {}, .tables = {change}}));
      start(measured);
      const auto added = try_add(event("2", 5, R"({"x":2})"));
      ASSERT_FALSE(added);
      EXPECT_EQ(added.error().kind, ErrorKind::kCorrupt);
      store_ = whole;
    }
  }
}

TEST_F(ViewRuntimeTest, ALostRunIsCorruption) {
  start(spec(R"~("measures":{"n":"uniques(properties.x)"})~"));
  add(event("1", 5, R"({"x":1})"));
  checkpoint();
  StateWrite::Table change{.name = "view.v"};
  change.changes.erase(store_.table("view.v").rbegin()->first);
  ASSERT_TRUE(store_.write({.manifest = {}, .tables = {change}}));
  start(spec(R"~("measures":{"n":"uniques(properties.x)"})~"));
  const auto added = try_add(event("2", 5));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::kCorrupt);
}

TEST_F(ViewRuntimeTest, ARunOfAnotherCellIsCorruption) {
  const std::string measured = spec(R"~("measures":{"n":"uniques(properties.x)"})~");
  start(measured);
  add(event("1", 5, R"({"x":1})"));
  add(event("2", 10, R"({"x":1})"));
  add(event("3", 10, R"({"x":2})"));
  checkpoint();
  const MemoryStateStore::Table table = store_.table("view.v");
  StateWrite::Table change{.name = "view.v"};
  change.changes.put(std::prev(table.end(), 2)->first, table.rbegin()->second);
  ASSERT_TRUE(store_.write({.manifest = {}, .tables = {change}}));
  start(measured);
  const auto added = try_add(event("4", 5));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::kCorrupt);
}

TEST_F(ViewRuntimeTest, ACheckpointWritesWhatIsNew) {
  start(spec(R"~("measures":{"n":"uniques(properties.x)"})~"));
  for (int i = 0; i < 1000; ++i) {
    add(event(std::to_string(i), 5, R"({"x":)" + std::to_string(i) + "}"));
  }
  checkpoint();
  add(event("again", 5, R"({"x":1000})"));
  StateWrite write{.manifest = {}};
  ASSERT_TRUE(view_->freeze().add_to(write, store_));
  EXPECT_LT(write.tables[0].changes.bytes(), 300U);
}

TEST_F(ViewRuntimeTest, ViewsShareWhatTheyLookAt) {
  start(spec(
      R"("group_by":["properties.x"],)"
      R"~("measures":{"a":"sum(properties.x)","b":"max(properties.x)","c":"uniques(user)"})~"));
  start(spec(R"~("measures":{"a":"avg(properties.x)","b":"uniques(properties.x)"})~"));
  EXPECT_EQ(inputs_.paths().size(), 1U);
  EXPECT_EQ(inputs_.samples().size(), 3U);  // The path with and without its hash, and the user.
}

}  // namespace
}  // namespace hapax
