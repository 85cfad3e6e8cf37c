#include "stream/minute_view.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "testing/memory_checkpoint_store.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;

EventView event(std::string_view name, EventTime time, std::string_view user = "u",
                std::string_view source = "shop") {
  return {.source = source,
          .type = EventType::kTrack,
          .name = name,
          .user_id = user,
          .event_time = time};
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
  void add(const EventView& event, bool late = false) { ASSERT_TRUE(view_.add(event, late)); }

  void checkpoint() {
    const FrozenCells frozen = view_.freeze();
    ASSERT_TRUE(store_.write({.meta = "m",
                              .cells = frozen.sorted_cells(),
                              .runs = {},
                              .filters = {},
                              .live_buckets = {}}));
    view_.commit();
  }

  /// "3 shop/a 2/1 r0 final": minute, group, count/users, revision.
  std::vector<std::string> cells(const ViewQuery& query, EventTime watermark = kNever) {
    std::vector<std::string> lines;
    const Result<std::vector<Cell>> found = view_.query(query, watermark);
    for (const Cell& cell : found.value()) {
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

  MemoryCheckpointStore store_;
  MinuteView view_{store_};
};

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
  const auto found = view_.query(between(EventTime::min(), EventTime::max()), kNever);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].count, 2U);
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

TEST_F(MinuteViewTest, TooManyCellsAreAnErrorAndNotACutAnswer) {
  add(event("a", minute(1)));
  add(event("a", minute(2)));
  ViewQuery query = between(minute(0), minute(9));
  query.cells_max = 2;
  EXPECT_TRUE(view_.query(query, kNever));
  query.cells_max = 1;
  const auto refused = view_.query(query, kNever);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kExhausted);
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
  const FrozenCells frozen = view_.freeze();
  add(event("a", minute(1), "v"));
  view_.evict(minute(9));
  EXPECT_EQ(all(), (Lines{"1 shop/a 2/2 r0"}));
  ASSERT_TRUE(store_.write({.meta = "m",
                            .cells = frozen.sorted_cells(),
                            .runs = {},
                            .filters = {},
                            .live_buckets = {}}));
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
  view_.track_changes(true);
  EXPECT_TRUE(view_.take_changes(kNever).empty());
  add(event("a", minute(1)));
  add(event("a", minute(1)));
  checkpoint();
  view_.evict(minute(9));
  const std::vector<Cell> changes = view_.take_changes(kNever);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].count, 3U);
  EXPECT_FALSE(view_.has_changes());
}

TEST_F(MinuteViewTest, ADamagedStoredCellIsAnErrorAndNotAZero) {
  ASSERT_TRUE(view_.add(event("a", minute(1)), false));
  Checkpoint damaged{.meta = "m",
                     .cells = view_.freeze().sorted_cells(),
                     .runs = {},
                     .filters = {},
                     .live_buckets = {}};
  damaged.cells[0].value.resize(20);
  ASSERT_TRUE(store_.write(damaged));
  view_.commit();
  view_.evict(minute(9));
  EXPECT_FALSE(view_.add(event("a", minute(1)), false));
  EXPECT_FALSE(view_.query(between(minute(0), minute(9)), kNever));
}

}  // namespace
}  // namespace hapax
