// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ports/topic.hpp"
#include "processing/verdict_of_seen.hpp"
#include "record/event_wire.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/memory_view_store.hpp"
#include "testing/processor_harness.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

// Events of one partition with what dedup says of them.

inline const std::vector<std::string> kCountedSpecs{
    kEventsPerMinute,
    R"v({"name":"sales","window":{"tumbling":"1h"},"group_by":["event"],)v"
    R"v("measures":{"count":"count","users":"uniques(user, 5)","top":"top(properties.n, 2)"}})v",
    R"v({"name":"sessions","per":"user","window":{"session":"30s","by":"1h"},)v"
    R"v("group_by":["source"],"measures":{"sessions":"count","events":"sum(key.events)"}})v"};

inline constexpr PartitionId kPartition{0};

inline ProcessorSettings settings_of_tests() {
  ProcessorSettings settings = small_settings();
  settings.results.dedup_window = std::chrono::hours(24 * 30);
  return settings;
}

/// The same events through a processor of one machine, which decides what is the first of its id.
class OneMachine {
 public:
  OneMachine() : processor(1, settings_of_tests(), kCountedSpecs) {}

  void receive(const EventView& event) {
    processor.log.add(kPartition, {event});
    std::string record;
    encode_event(event, record);
    records.push_back({.offset = Offset(records.size()),
                       .appended_at = event.received_at,
                       .entry = {.header = {}, .value = std::move(record)}});
  }
  void end() {
    ASSERT_TRUE(processor.drain());
    ASSERT_TRUE(processor.core->checkpoint());
    verdicts = verdicts_of(*processor.verdicts.log, 0);
  }

  ProcessorHarness processor;
  std::vector<TopicRecord> records;
  std::vector<Verdict> verdicts;
};

/// Some late, some twice, some with other content, some bad.
inline void receive_some(SeededRandom& random, std::size_t count, OneMachine& one) {
  using std::chrono::seconds;
  std::int64_t now = 1000;
  for (std::size_t i = 0; i < count; ++i) {
    now += static_cast<std::int64_t>(random.below(5));
    const std::string id = std::to_string(random.below(count));
    const std::string user = std::to_string(random.below(12));
    EventView event = shop_event(id, seconds(now), user);
    event.source = random.one_in(4) ? "other" : "shop";
    event.name = random.one_in(3) ? "Seen" : "Bought";
    const std::string properties = R"({"n":"v)" + std::to_string(random.below(30)) + R"("})";
    event.properties = properties;
    event.event_time -= seconds(random.one_in(5) ? random.below(300) : random.below(3));
    if (random.one_in(20)) {
      event.rejection = RejectionView{};
    }
    one.receive(event);
  }
  one.end();
}

/// What readers find of the first partition, as a store.
inline MemoryStateStore store_of(const PublishedTables& published) {
  const PublishedTables::Moment now = published.now();
  StateWrite write{.manifest = "readers"};
  for (const auto& [name, rows] : now->front().tables) {
    StateWrite::Table& table = write.tables.emplace_back();
    table.name = name;
    for (const auto& [key, value] : *rows) {
      table.changes.put(key, value);
    }
  }
  MemoryStateStore store;
  store.write(write).permit_unchecked_error();
  return store;
}

}  // namespace hapax
