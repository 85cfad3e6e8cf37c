// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "testing/memory_state_store.hpp"
#include "testing/view_reading.hpp"
#include "views/minute_view.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;
using Lines = std::vector<std::string>;

constexpr EventTime kNever = EventTime::min();

/// A store that counts the steps of cursors.
struct CountingStore : MemoryStateStore {
  mutable std::size_t visited = 0;

 protected:
  void before_snapshot_read(std::string_view) const override { ++visited; }
};

/// A view whose cells are in memory, stored, or both.
class MinutePagesTest : public testing::Test {
 protected:
  void add(int minute, std::string_view source, std::string_view name,
           ClockEpoch epoch = kUndoubted) {
    const EventView event{.source = source,
                          .type = EventType::kTrack,
                          .name = name,
                          .user_id = "u",
                          .event_time = EventTime(minutes(minute))};
    ASSERT_TRUE(view_.add({.event = event, .seen = {.id = {.low = 1, .high = 1}}, .identity = 1},
                          false, epoch));
  }
  void checkpoint() {
    StateWrite write{.manifest = {}};
    ASSERT_TRUE(view_.freeze().add_to(write, store_));
    ASSERT_TRUE(store_.write(write));
    view_.commit();
  }
  void store_all() {
    checkpoint();
    view_.evict(EventTime::max());
  }

  static ViewQuery all_of(std::optional<std::string> source = {}) {
    return {
        .from = EventTime(minutes(-1'000)), .to = EventTime::max(), .source = std::move(source)};
  }
  /// "3 web/a 2": minute, source, name, count.
  static void append_lines(const std::vector<Cell>& cells, Lines& lines) {
    for (const Cell& cell : cells) {
      lines.push_back(std::to_string(cell.start.time_since_epoch() / minutes(1)) + " " +
                      cell.source + "/" + cell.event + " " + std::to_string(cell.count));
    }
  }
  CellPage page(const ViewQuery& query) { return read_view(view_, store_, query, kNever).value(); }
  Lines whole(ViewQuery query) {
    query.cells_max = 1'000'000;
    query.scan_max = 1'000'000;
    const CellPage all = page(query);
    EXPECT_FALSE(all.next);
    Lines lines;
    append_lines(all.cells, lines);
    return lines;
  }
  /// All pages, each with `between` done before the next.
  Lines by_pages(
      ViewQuery query, const std::function<void()>& between = [] {}) {
    Lines lines;
    for (int pages = 0; pages < 10'000; ++pages) {
      const CellPage one = page(query);
      EXPECT_LE(one.cells.size(), query.cells_max);
      append_lines(one.cells, lines);
      if (!one.next) {
        return lines;
      }
      query.behind = one.next;
      between();
    }
    ADD_FAILURE() << "the pages have no end";
    return lines;
  }

  CountingStore store_;
  MinuteView view_{store_};
};

TEST_F(MinutePagesTest, AMinuteOfManyMoreCellsThanAPageIsReadInFull) {
  for (int i = 0; i < 3'000; ++i) {
    add(i % 100 == 0 ? 1 : 2, "web", std::to_string(i * 7919 % 3'000));
  }
  ViewQuery query = all_of();
  query.cells_max = 400;
  const Lines lines = by_pages(query);
  EXPECT_EQ(lines.size(), 3'000U);
  EXPECT_EQ(lines, whole(all_of()));
}

TEST_F(MinutePagesTest, PagesTogetherAreTheWholeAnswer) {
  std::mt19937 random(1);
  static constexpr const char* kSources[] = {"android", "ios", "web"};
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 60; ++i) {
      const ClockEpoch epoch(random() % 4 == 0 ? 1 + random() % 2 : 0);
      add(static_cast<int>(random() % 5), kSources[random() % 3],
          "event " + std::to_string(random() % 12), epoch);
    }
    if (random() % 2 == 0) {
      checkpoint();
    }
    view_.evict(EventTime(minutes(random() % 6)));
    ViewQuery query = all_of();
    if (random() % 2 == 0) {
      query.source = kSources[random() % 3];
    }
    if (random() % 4 == 0) {
      query.event = "event 3";
    }
    query.cells_max = 1 + random() % 9;
    query.scan_max = 1 + random() % 20;
    EXPECT_EQ(by_pages(query), whole(query)) << "round " << round;
  }
}

TEST_F(MinutePagesTest, WhatHappensToOtherCellsMeanwhileLosesAndDoublesNone) {
  for (int i = 0; i < 40; ++i) {
    add(i % 4, "web", "event " + std::to_string(i));
  }
  store_all();
  for (int i = 0; i < 20; ++i) {
    add(i % 4, "web", "young " + std::to_string(i));
  }
  const Lines before = whole(all_of("web"));
  ViewQuery query = all_of();
  query.cells_max = 3;
  int step = 0;
  const Lines seen = by_pages(query, [&] {
    if (++step > 60) {
      return;  // Else the cells to come keep ahead of the pages.
    }
    add(step % 6, "android", "new " + std::to_string(step));
    add(step % 6, "zebra", "new " + std::to_string(step));
    if (step % 3 == 0) {
      store_all();
    }
  });
  std::map<std::string, int> times;
  for (const std::string& line : seen) {
    ++times[line];
  }
  for (const std::string& line : before) {
    EXPECT_EQ(times[line], 1) << line;
  }
}

TEST_F(MinutePagesTest, ACellInMemoryThatIsStoredTooIsLookedAtOnce) {
  for (int i = 0; i < 10; ++i) {
    add(1, "web", "event " + std::to_string(i));
  }
  checkpoint();
  for (int i = 0; i < 10; ++i) {
    add(1, "web", "event " + std::to_string(i));
  }
  ViewQuery query = all_of();
  query.scan_max = 11;
  EXPECT_EQ(page(query).cells.size(), 10U);
  EXPECT_FALSE(page(query).next);
}

TEST_F(MinutePagesTest, CellsThatAreLookedAtAreLimitedAlsoWhenFewMatch) {
  for (int i = 0; i < 10; ++i) {
    add(i, "web", i == 9 ? "a" : "b");
  }
  ViewQuery query = all_of();
  query.event = "a";
  query.scan_max = 4;
  for (const bool stored : {false, true}) {
    if (stored) {
      store_all();
    }
    EXPECT_TRUE(page(query).cells.empty());
    EXPECT_TRUE(page(query).next);
    EXPECT_EQ(by_pages(query), (Lines{"9 web/a 1"}));
  }
}

TEST_F(MinutePagesTest, CellsOfOtherSourcesDoNotCount) {
  for (int minute = 0; minute < 3; ++minute) {
    for (int i = 0; i < 500; ++i) {
      add(minute, "android", "event " + std::to_string(i));
      add(minute, "zebra", "event " + std::to_string(i));
    }
    add(minute, "web", "a");
  }
  ViewQuery query = all_of("web");
  query.scan_max = 4;
  for (const bool stored : {false, true}) {
    if (stored) {
      store_all();
    }
    EXPECT_EQ(page(query).cells.size(), 3U);
    EXPECT_FALSE(page(query).next);
  }
}

TEST_F(MinutePagesTest, AScanOfTheStorePassesOverOtherSourcesWithoutReadingThem) {
  for (int i = 0; i < 5'000; ++i) {
    add(1, "ios", "event " + std::to_string(i));
  }
  add(1, "web", "a");
  store_all();
  store_.visited = 0;
  EXPECT_EQ(page(all_of("web")).cells.size(), 1U);
  EXPECT_LT(store_.visited, 100U);
}

TEST_F(MinutePagesTest, OneGroupOfManyMinutesIsReadWithoutItsNeighbours) {
  for (int minute = 0; minute < 10; ++minute) {
    for (int i = 0; i < 1'000; ++i) {
      add(minute, "web", "event " + std::to_string(i));
    }
  }
  ViewQuery query = all_of("web");
  query.event = "event 50";  // "event 500" begins like it.
  for (const bool stored : {false, true}) {
    if (stored) {
      store_all();
    }
    store_.visited = 0;
    const CellPage found = page(query);
    EXPECT_EQ(found.cells.size(), 10U);
    EXPECT_FALSE(found.next);
    EXPECT_LT(store_.visited, 1'000U);
  }
}

TEST_F(MinutePagesTest, ASourceThatIsInNoneOfManyMinutesIsLookedForInPages) {
  constexpr int kMinutes = 2'500;
  for (int minute = 0; minute < kMinutes; ++minute) {
    for (int i = 0; i < 34; ++i) {
      add(minute, "ios", "event " + std::to_string(i));
    }
  }
  add(kMinutes, "web", "a");
  store_all();
  const CellPage first = page(all_of("web"));
  EXPECT_TRUE(first.cells.empty());
  EXPECT_TRUE(first.next) << "one page looks into a bounded number of minutes";
  EXPECT_EQ(by_pages(all_of("web")), (Lines{std::to_string(kMinutes) + " web/a 1"}));
}

}  // namespace
}  // namespace hapax
