// SPDX-License-Identifier: Apache-2.0
#include "stream/cell_table.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>

#include "testing/memory_state_store.hpp"
#include "testing/stored_cells.hpp"

namespace hapax {
namespace {

constexpr const char* kTable = "cells";

KeyedEvent event_of(std::uint64_t user, std::int64_t minute = 0, std::string_view name = "a") {
  return {.event = {.source = "shop",
                    .type = EventType::kTrack,
                    .name = name,
                    .event_time = EventTime(std::chrono::minutes(minute))},
          .seen = {.id = {.low = user, .high = 1}},
          .identity = user * 0x9E3779B97F4A7C15};
}

class CellTableTest : public testing::Test {
 protected:
  void add(const KeyedEvent& event) { ASSERT_TRUE(cells_.add(event, false)); }

  /// Returns the size of what is written.
  std::size_t checkpoint() {
    StateWrite write{.manifest = {}};
    EXPECT_TRUE(cells_.freeze().add_to(write, store_));
    EXPECT_TRUE(store_.write(write));
    cells_.commit();
    return write.tables[0].changes.bytes();
  }

  MemoryStateStore store_;
  CellTable cells_{store_, kTable, 0};
};

// Reliability row 57: a checkpoint costs by what is new.
TEST_F(CellTableTest, ACellOfAMillionUsersThatGainsTenWritesTen) {
  for (std::uint64_t user = 1; user <= 1'000'000; ++user) {
    add(event_of(user));
  }
  const std::size_t all = checkpoint();
  EXPECT_GE(all, 8'000'000U);
  for (int round = 0; round < 20; ++round) {
    for (std::uint64_t user = 1; user <= 10; ++user) {
      add(event_of(2'000'000 + static_cast<std::uint64_t>(round) * 10 + user));
    }
    EXPECT_LE(checkpoint(), 8U * 10U * 20U + 300U);
  }
  add(event_of(1));
  EXPECT_LE(checkpoint(), 300U) << "an event of a known user writes the summary";
  cells_.evict(EventTime::max());
  add(event_of(1));
  EXPECT_LE(checkpoint(), 300U) << "what came back from the store is not new";
  const auto stored =
      load_cell(store_, kTable, cell_start_key({}) + std::string("shop\0\1a", 7), 0);
  EXPECT_EQ(stored.value().value().state.summary().users, 1'000'200U);
}

// However checkpoints, evictions and restarts divide it.
TEST_F(CellTableTest, WhatIsStoredIsAllThatCame) {
  std::mt19937_64 random(1);
  CellTable at_once(store_, "at_once", 0);
  for (int i = 0; i < 5'000; ++i) {
    const KeyedEvent event = event_of(random() % 500, static_cast<std::int64_t>(random() % 5),
                                      random() % 2 == 0 ? "a" : "ab");
    add(event);
    ASSERT_TRUE(at_once.add(event, false));
    if (random() % 50 == 0) {
      checkpoint();
    }
    if (random() % 100 == 0) {
      cells_.evict(EventTime::max());
    }
  }
  checkpoint();
  StateWrite write{.manifest = {}};
  ASSERT_TRUE(at_once.freeze().add_to(write, store_));
  ASSERT_TRUE(store_.write(write));
  EXPECT_EQ(whole_cells(store_, kTable), whole_cells(store_, "at_once"));
  EXPECT_EQ(whole_cells(store_, kTable).size(), 10U);
}

// The write failed, or nobody knows: the same is encoded again.
TEST_F(CellTableTest, WhatIsFrozenCanBeEncodedAgain) {
  add(event_of(1));
  checkpoint();
  add(event_of(2));
  const FrozenCells frozen = cells_.freeze();
  StateWrite first{.manifest = {}};
  ASSERT_TRUE(frozen.add_to(first, store_));
  StateWrite second{.manifest = {}};
  ASSERT_TRUE(frozen.add_to(second, store_));
  ASSERT_TRUE(store_.write(second));
  EXPECT_EQ(whole_cells(store_, kTable).size(), 1U);
}

TEST_F(CellTableTest, ARunThatIsMissingOrCutIsAnErrorWhereItIsTakenIn) {
  for (const bool cut : {false, true}) {
    CellTable cells(store_, "t", 0);
    ASSERT_TRUE(cells.add(event_of(1), false));
    StateWrite write{.manifest = {}};
    ASSERT_TRUE(cells.freeze().add_to(write, store_));
    ASSERT_TRUE(store_.write(write));
    cells.commit();
    StateWrite damage{.manifest = {}, .tables = {{.name = "t"}}};
    const MemoryStateStore::Table stored = store_.table("t");
    const std::string key = std::prev(stored.end())->first;
    cut ? damage.tables[0].changes.put(key, "short") : damage.tables[0].changes.erase(key);
    ASSERT_TRUE(store_.write(damage));
    ASSERT_TRUE(cells.add(event_of(2), false));
    const Result<void> added = cells.freeze().add_to(write, store_);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind, ErrorKind::kCorrupt);
    ASSERT_TRUE(store_.write({.manifest = {}, .tables = {{.name = "t", .dropped = true}}}));
  }
}

}  // namespace
}  // namespace hapax
