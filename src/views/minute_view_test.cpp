// SPDX-License-Identifier: Apache-2.0
#include "views/minute_view.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "testing/memory_state_store.hpp"
#include "testing/view_reading.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;

constexpr const char* kCells = "cells";

EventView event(std::string_view name, EventTime time, std::string_view user = "u",
                std::string_view source = "shop") {
  return {.source = source,
          .type = EventType::kTrack,
          .name = name,
          .user_id = user,
          .event_time = time};
}

KeyedEvent keyed(const EventView& event, const Hash128& id = {.low = 1, .high = 2}) {
  return {.event = event,
          .seen = {.id = id},
          .identity = std::hash<std::string_view>()(identity(event))};
}

EventTime minute(std::int64_t number) {
  return EventTime(minutes(number));
}

ViewQuery between(EventTime from, EventTime to) {
  ViewQuery query;
  query.from = from;
  query.to = to;
  return query;
}

class MinuteViewTest : public testing::Test {
 protected:
  void add(const EventView& event, bool late = false) {
    ASSERT_TRUE(view_.add(keyed(event), late, kUndoubted));
  }

  void write(const FrozenView& frozen) {
    StateWrite write{.manifest = {}};
    ASSERT_TRUE(frozen.add_to(write, store_));
    ASSERT_TRUE(store_.write(write));
  }

  /// Writes what is new but for one value, which `damage` changes.
  void checkpoint_damaged(const std::function<void(MemoryStateStore::Table&)>& damage) {
    checkpoint();
    MemoryStateStore::Table cells = store_.table(kCells);
    damage(cells);
    StateWrite::Table table{.name = kCells, .dropped = true};
    for (const auto& [key, value] : cells) {
      table.changes.put(key, value);
    }
    ASSERT_TRUE(store_.write({.manifest = {}, .tables = {table}}));
  }

  void checkpoint() {
    write(view_.freeze());
    view_.commit();
  }

  /// "3 shop/a 2/1 r0 final": minute, group, count/users, revision.
  std::vector<std::string> cells(const ViewQuery& query, EventTime watermark = kNever) {
    std::vector<std::string> lines;
    const Result<CellPage> found = read_view(view_, store_, query, watermark);
    for (const Cell& cell : found.value().cells) {
      lines.push_back(std::to_string(to_micros(cell.start) / 60'000'000) + " " + cell.source + "/" +
                      cell.event + " " + std::to_string(cell.count) + "/" +
                      std::to_string(cell.users) + " r" + std::to_string(cell.revision) +
                      (cell.final ? " final" : ""));
    }
    return lines;
  }
  std::vector<std::string> all() { return cells(between(minute(-100), minute(100))); }

  using Lines = std::vector<std::string>;
  static constexpr EventTime kNever = EventTime::min();

  MemoryStateStore store_;
  MinuteView view_{store_};
};

TEST(CellTest, StartsAtItsMinuteAndEndsBeforeTheNext) {
  EXPECT_EQ(cell_start(minute(1)), minute(1));
  EXPECT_EQ(cell_start(minute(1) - Microseconds(1)), minute(0));
  EXPECT_EQ(cell_end(minute(0)), minute(1));
}

TEST_F(MinuteViewTest, CountsEventsAndUsersByMinuteSourceAndName) {
  add(event("b", minute(1), "u"));
  add(event("a", minute(1), "u"));
  add(event("a", minute(2) - Microseconds(1), "v"));
  add(event("a", minute(2), "v"));
  add(event("a", minute(1), "u", "blog"));
  EXPECT_EQ(all(),
            (Lines{"1 blog/a 1/1 r0", "1 shop/a 2/2 r0", "1 shop/b 1/1 r0", "2 shop/a 1/1 r0"}));
}

TEST_F(MinuteViewTest, AMinuteBefore1970IsAMinute) {
  add(event("a", minute(0) - Microseconds(1)));
  add(event("a", minute(-1)));
  add(event("a", minute(0)));
  EXPECT_EQ(all(), (Lines{"-1 shop/a 2/1 r0", "0 shop/a 1/1 r0"}));
}

TEST_F(MinuteViewTest, TheEndsOfTimeAreCounted) {
  add(event("a", EventTime::min()));
  add(event("a", EventTime::min() + Microseconds(1)));
  add(event("a", EventTime::max()));
  const auto found = read_view(view_, store_, between(EventTime::min(), EventTime::max()), kNever);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->cells.size(), 2U);
  EXPECT_EQ(found->cells[0].count, 2U);
}

TEST_F(MinuteViewTest, AQueryTakesCellsFromUpToButWithoutTo) {
  for (int i = 0; i < 4; ++i) {
    add(event("a", minute(i)));
  }
  checkpoint();
  view_.evict(minute(2));  // Half from the store, half from memory.
  EXPECT_EQ(cells(between(minute(1), minute(3))), (Lines{"1 shop/a 1/1 r0", "2 shop/a 1/1 r0"}));
  EXPECT_EQ(cells(between(minute(1) + Microseconds(1), minute(2) + Microseconds(1))),
            (Lines{"2 shop/a 1/1 r0"}));
  EXPECT_EQ(cells(between(minute(3), minute(1))), Lines{});
}

TEST_F(MinuteViewTest, FiltersBySourceAndEvent) {
  add(event("a", minute(1)));
  add(event("b", minute(1)));
  add(event("a", minute(1), "u", "blog"));
  ViewQuery query = between(minute(0), minute(9));
  query.event = "a";
  query.source = "shop";
  EXPECT_EQ(cells(query), (Lines{"1 shop/a 1/1 r0"}));
}

// Reliability row 3: final when the watermark reaches the end, not before.
TEST_F(MinuteViewTest, ACellIsFinalWhenTheWatermarkReachesItsEnd) {
  add(event("a", minute(1)));
  ViewQuery query = between(minute(0), minute(9));
  EXPECT_EQ(cells(query, minute(2)), (Lines{"1 shop/a 1/1 r0 final"}));
  EXPECT_EQ(cells(query, minute(2) - Microseconds(1)), (Lines{"1 shop/a 1/1 r0"}));
  query.final_only = true;
  EXPECT_EQ(cells(query, minute(2)), (Lines{"1 shop/a 1/1 r0 final"}));
  EXPECT_EQ(cells(query, minute(2) - Microseconds(1)), Lines{});
}

TEST_F(MinuteViewTest, ALateEventRevisesItsCellAlsoWhenItIsNoLongerInMemory) {
  add(event("a", minute(1), "u"));
  checkpoint();
  view_.evict(minute(9));
  EXPECT_EQ(view_.hot_cells(), 0U);
  EXPECT_EQ(view_.memory_bytes(), 0U);
  add(event("a", minute(1), "u"), true);
  add(event("a", minute(1), "v"), true);
  EXPECT_EQ(all(), (Lines{"1 shop/a 3/2 r2"}));
  checkpoint();
  view_.evict(minute(9));
  EXPECT_EQ(all(), (Lines{"1 shop/a 3/2 r2"}));
}

TEST_F(MinuteViewTest, ACellChangedDuringACheckpointIsNotForgotten) {
  add(event("a", minute(1), "u"));
  const FrozenView frozen = view_.freeze();
  add(event("a", minute(1), "v"));
  view_.evict(minute(9));
  EXPECT_EQ(all(), (Lines{"1 shop/a 2/2 r0"}));
  write(frozen);
  view_.commit();
  view_.evict(minute(9));
  EXPECT_EQ(all(), (Lines{"1 shop/a 2/2 r0"}));
  checkpoint();
  view_.evict(minute(9));
  EXPECT_EQ(all(), (Lines{"1 shop/a 2/2 r0"}));
}

TEST_F(MinuteViewTest, YoungCellsStayInMemory) {
  add(event("a", minute(1)));
  checkpoint();
  view_.evict(minute(2) - Microseconds(1));
  EXPECT_EQ(view_.hot_cells(), 1U);
  view_.evict(minute(2));
  EXPECT_EQ(view_.hot_cells(), 0U);
}

TEST_F(MinuteViewTest, ChangesAreTakenTogetherAndOnce) {
  add(event("a", minute(1)));
  ASSERT_EQ(view_.begin_changes().value().size(), 1U);
  EXPECT_EQ(view_.take_changes().value().size(), 0U);
  add(event("a", minute(1)));
  add(event("a", minute(1)));
  checkpoint();
  view_.evict(minute(9));
  const CellRun changes = view_.take_changes().value();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].summary.count, 3U);
  EXPECT_EQ(changes[0].added, 2U);
  EXPECT_FALSE(view_.has_changes());
}

TEST_F(MinuteViewTest, ACheckpointHoldsWhatWasWhenItWasFrozen) {
  add(event("a", minute(1), "u"));
  const FrozenView frozen = view_.freeze();
  add(event("a", minute(1), "v"));
  add(event("b", minute(1), "v"));
  write(frozen);
  MinuteView restarted(store_);
  const auto found = read_view(restarted, store_, between(minute(0), minute(9)), kNever);
  ASSERT_EQ(found.value().cells.size(), 1U);
  EXPECT_EQ(found.value().cells[0].count, 1U);
  EXPECT_EQ(found.value().cells[0].users, 1U);
}

TEST_F(MinuteViewTest, NamesCountAsMemoryAndSoDoesWhatACheckpointHolds) {
  add(event("a", minute(1)));
  const std::size_t before = view_.memory_bytes();
  add(event(std::string(1'000, 'x'), minute(1)));
  EXPECT_GE(view_.memory_bytes(), before + 3'000);
  for (int i = 0; i < 1'000; ++i) {
    add(event("a", minute(1), std::to_string(i)));
  }
  const std::size_t full = view_.memory_bytes();
  const FrozenView frozen = view_.freeze();
  EXPECT_EQ(view_.memory_bytes(), full);
  write(frozen);
  view_.commit();
  EXPECT_LE(view_.memory_bytes(), full - 8'000);
}

// Reliability C7: the view's own account agrees with its cells, in memory or stored.
TEST_F(MinuteViewTest, ItsAccountIsTheSumOfItsCells) {
  Digest shop;
  for (int i = 0; i < 100; ++i) {
    const bool is_shop = i % 3 == 0;
    const Hash128 id{.low = static_cast<std::uint64_t>(i), .high = 7};
    const EventView one = event("a", minute(i % 7), "u", is_shop ? "shop" : "blog");
    ASSERT_TRUE(view_.add(keyed(one, id), i % 2 == 0, kUndoubted));
    if (is_shop) {
      shop.add(id);
    }
    if (i % 20 == 0) {
      checkpoint();
      view_.evict(minute(9));
    }
  }
  std::map<std::string, std::uint64_t> sums;
  const Result<CellPage> found = read_view(view_, store_, between(minute(0), minute(9)), kNever);
  for (const Cell& cell : found.value().cells) {
    sums[cell.source] += cell.count;
  }
  const CountedBySource counted_by_source = view_.counted();
  ASSERT_EQ(counted_by_source.size(), sums.size());
  for (const auto& [source, counted] : counted_by_source) {
    EXPECT_EQ(counted.count, sums[source]);
  }
  EXPECT_EQ(counted_by_source.at("shop").digest, shop);

  std::string encoded;
  ByteWriter out(encoded);
  view_.encode(out);
  MinuteView restored(store_);
  ByteReader in(encoded);
  restored.restore(in);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(restored.counted(), view_.counted());
}

TEST_F(MinuteViewTest, AScanPassesOverNoIdentities) {
  for (int i = 0; i < 1'000; ++i) {
    add(event("a", minute(1), std::to_string(i)));
  }
  checkpoint();
  std::size_t scanned = 0;
  ASSERT_TRUE(store_.scan(kCells, "s", "t", [&](std::string_view, std::string_view value) {
    scanned += value.size();
    return true;
  }));
  EXPECT_LT(scanned, 100U);
}

TEST_F(MinuteViewTest, ADamagedStoredCellIsAnErrorAndNotAZero) {
  add(event("a", minute(1)));
  checkpoint_damaged([](auto& cells) {
    ASSERT_EQ(cells.size(), 2U);
    cells.begin()->second.pop_back();
  });
  view_.evict(minute(9));
  EXPECT_FALSE(view_.add(keyed(event("a", minute(1))), false, kUndoubted));
  EXPECT_FALSE(read_view(view_, store_, between(minute(0), minute(9)), kNever));
}

TEST_F(MinuteViewTest, ACellWithoutItsIdentitiesIsAnErrorAndNotACellOfNobody) {
  add(event("a", minute(1)));
  checkpoint_damaged([](auto& cells) { cells.erase(std::prev(cells.end())); });
  view_.evict(minute(9));
  EXPECT_FALSE(view_.add(keyed(event("a", minute(1))), false, kUndoubted));
}

}  // namespace
}  // namespace hapax
