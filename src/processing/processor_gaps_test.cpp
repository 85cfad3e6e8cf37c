// SPDX-License-Identifier: Apache-2.0
// C8: what never arrived is a function of the log, whatever becomes of the events that did.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "numbers/number_keys.hpp"
#include "processing/replay_test_support.hpp"
#include "record/event_wire.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

using Random = std::mt19937_64;
using Tables = std::map<std::string, MemoryStateStore::Table>;

/// An event with a number; made for each use, as its views point into it.
struct NumberedEvent {
  std::string id;
  std::string device = "tab";
  std::uint64_t number = 0;
  std::uint64_t made = 0;
  std::chrono::seconds at = {};
  bool is_rejected = false;
  bool is_conflict = false;

  std::vector<EventView> batch() const {
    numbering = encode_numbering({.device = device, .epoch = "e", .made = made});
    EventView event = shop_event(id, at);
    event.name = is_conflict ? "Sold" : "Bought";
    event.sequence = number;
    event.numbering = numbering;
    if (is_rejected) {
      event.rejection = RejectionView{.code = "c", .reason = "r", .original = "o"};
    }
    return {event};
  }

  mutable std::string numbering = {};
};

void add(ProcessorHarness& processor, const NumberedEvent& event, std::uint32_t partition = 0) {
  processor.log.add(PartitionId(partition), event.batch());
}

GapSums shop_gaps(const ProcessorHarness& processor) {
  const Result<GapReport> report = processor.core->gaps({});
  EXPECT_TRUE(report);
  return report && !report->sources.empty() ? report->sources[0].sums : GapSums();
}

TEST(ProcessorGapsTest, DuplicatesConflictsAndDeadLettersHaveArrived) {
  ProcessorHarness processor(2);
  add(processor, {.id = "a", .number = 1});
  add(processor, {.id = "a", .number = 3});  // A retry under another number has arrived, too.
  add(processor, {.id = "a", .number = 4, .is_conflict = true});
  add(processor, {.id = "b", .number = 6, .made = 7, .is_rejected = true}, 1);
  ASSERT_TRUE(processor.drain());
  const GapSums sums = shop_gaps(processor);
  EXPECT_EQ(sums[GapFigure::kArrived], 4U);
  EXPECT_EQ(sums[GapFigure::kMissing], 2U);
  EXPECT_EQ(sums[GapFigure::kTail], 1U);
  EXPECT_EQ(sums[GapFigure::kDevices], 1U) << "it is one device whatever the partition";
}

TEST(ProcessorGapsTest, ALateArrivalClosesAGapOfLongAgo) {
  ProcessorHarness processor(1);
  add(processor, {.id = "a", .number = 2});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(shop_gaps(processor)[GapFigure::kMissing], 1U);
  ASSERT_TRUE(processor.core->checkpoint());
  processor.open();
  add(processor, {.id = "b", .number = 1, .at = std::chrono::hours(24 * 31)});
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(shop_gaps(processor)[GapFigure::kMissing], 0U);
  ASSERT_TRUE(processor.core->checkpoint());
  EXPECT_TRUE(processor.store.table(kNumberGapsTable).empty());
}

TEST(ProcessorGapsTest, WithoutNumbersNothingIsStoredOfThem) {
  ProcessorHarness processor(1);
  processor.log.add(PartitionId(0), {shop_event("a", {})});
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  const std::string stored = *processor.store.manifest().value();
  const auto manifest = ManifestReader::open(stored, IdHasher(processor.settings.id_key).key_id());
  EXPECT_FALSE(manifest.value().has(ManifestSection::kNumbers));
  EXPECT_TRUE(processor.store.table(kNumbersTable).empty());
}

TEST(ProcessorGapsTest, ItIsSaidWhenTheLogLacksItsBeginning) {
  ProcessorHarness processor(1);
  add(processor, {.id = "a", .number = 1});
  EXPECT_FALSE(processor.core->gaps({})->lacks_beginning);
  ASSERT_TRUE(processor.drain());
  ASSERT_TRUE(processor.core->checkpoint());
  processor.log.drop(PartitionId(0), 1);
  processor.lose_state();
  EXPECT_TRUE(processor.core->gaps({})->lacks_beginning);
}

TEST(ProcessorGapsTest, WhatIsDurableAndNotReadIsToldAndIncompleteAfterAStart) {
  ProcessorHarness processor(2);
  add(processor, {.id = "a", .number = 2});
  add(processor, {.id = "b", .number = 1}, 1);
  processor.open();
  const auto told = [&] { return processor.core->gaps({}).value(); };
  EXPECT_EQ(told().behind_records, 2U);
  EXPECT_FALSE(told().is_complete());
  ASSERT_TRUE(processor.core->step());
  EXPECT_EQ(told().behind_records, 1U);
  EXPECT_FALSE(told().is_complete()) << "one of two partitions is read";
  ASSERT_TRUE(processor.drain());
  EXPECT_EQ(told().behind_records, 0U);
  EXPECT_TRUE(told().is_complete());
  add(processor, {.id = "c", .number = 3});
  EXPECT_EQ(told().behind_records, 1U);
  EXPECT_TRUE(told().is_complete()) << "what comes meanwhile is on its way at any time";
}

TEST(ProcessorGapsTest, MemoryOfDevicesIsACacheWithALimit) {
  ProcessorSettings settings = small_settings();
  settings.gaps.memory_bytes_max = 20'000;
  ProcessorHarness processor(1, settings);
  for (std::uint32_t i = 0; i < 100; ++i) {
    add(processor, {.id = std::to_string(i), .device = std::to_string(i), .number = 2});
    ASSERT_TRUE(processor.drain());
    if (processor.core->checkpoint_urgent()) {
      ASSERT_TRUE(processor.core->checkpoint());
      while (processor.core->evict()) {
      }
    }
    ASSERT_LT(processor.core->stats().numbered_device_bytes, 21'000U);
  }
  EXPECT_GT(processor.core->stats().numbered_devices_hot, 0U);
  EXPECT_EQ(shop_gaps(processor)[GapFigure::kMissing], 100U);
}

TEST(ProcessorGapsTest, ProcessingWaitsForACheckpointAtTwiceTheMemory) {
  ProcessorSettings settings = small_settings();
  settings.gaps.memory_bytes_max = 5'000;
  ProcessorHarness processor(1, settings);
  for (std::uint32_t i = 0; i < 40; ++i) {
    add(processor, {.id = std::to_string(i), .device = std::to_string(i), .number = 2});
  }
  ASSERT_TRUE(processor.drain());
  EXPECT_TRUE(processor.core->must_wait());
  ASSERT_TRUE(processor.core->checkpoint());
  while (processor.core->evict()) {
  }
  EXPECT_FALSE(processor.core->must_wait());
}

std::vector<NumberedEvent> random_events(Random& random) {
  std::vector<NumberedEvent> events(1 + random() % 150);
  for (NumberedEvent& event : events) {
    event.id = std::to_string(random() % 100);
    event.device = std::string(1, static_cast<char>('a' + random() % 5));
    event.number = 1 + random() % 30;
    event.made = random() % 3 == 0 ? random() % 40 : 0;
    event.at = std::chrono::hours(random() % 100);
    event.is_rejected = random() % 6 == 0;
  }
  return events;
}

Tables tables_of(ProcessorHarness& processor) {
  EXPECT_TRUE(processor.drain());
  EXPECT_TRUE(processor.core->checkpoint());
  Tables tables;
  for (const char* const table : {kNumbersTable, kNumberGapsTable, kNumberDaysTable}) {
    tables[table] = processor.store.table(table);
  }
  return tables;
}

/// As the thread does it, with a crash now and then.
void disturb(ProcessorHarness& processor, Random& random) {
  switch (random() % 6) {
    case 0:
      processor.open();
      break;
    case 1:
      processor.lose_state();
      break;
    case 2: {
      ASSERT_TRUE(processor.core->checkpoint());
      const auto frozen = processor.core->freeze();
      ASSERT_TRUE(processor.core->step());
      if (random() % 2 == 0) {
        ASSERT_TRUE(write_state(*frozen, processor.store));
        processor.core->commit(*frozen);
      } else {
        processor.open();
      }
      break;
    }
    default:
      ASSERT_TRUE(processor.core->step());
      processor.core->evict();
  }
}

void check(std::uint64_t seed) {
  SCOPED_TRACE(seed);
  Random random(seed);
  const std::vector<NumberedEvent> events = random_events(random);
  ProcessorSettings settings = small_settings();
  settings.gaps = {.limits = {.missing_max = 15, .missing_per_arrived_max = 2},
                   .memory_bytes_max = 3'000};
  ProcessorHarness straight(1, settings);
  ProcessorHarness disturbed(3, settings);
  for (const NumberedEvent& event : events) {
    add(straight, event);
  }
  std::vector<NumberedEvent> shuffled = events;
  std::ranges::shuffle(shuffled, random);
  for (const NumberedEvent& event : shuffled) {
    add(disturbed, event, static_cast<std::uint32_t>(random() % 3));
    ASSERT_NO_FATAL_FAILURE(disturb(disturbed, random));
  }
  const Tables expected = tables_of(straight);
  ASSERT_EQ(tables_of(disturbed), expected);
  disturbed.lose_state();
  ASSERT_EQ(tables_of(disturbed), expected) << "of a rebuild";
}

TEST(ProcessorGapsTest, AreTheSameInAnyOrderOverRestartsAndRebuilds) {
  for (int seed = 1; seed <= random_cases(60); ++seed) {
    ASSERT_NO_FATAL_FAILURE(check(seed));
  }
}

}  // namespace
}  // namespace hapax
