// SPDX-License-Identifier: Apache-2.0
#include "stream/event_hash.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace hapax {
namespace {

const IdHasher kIds;

SeenId seen_id(const EventView& event) {
  return key_event(event, kIds).seen;
}

EventView event() {
  return {.source = "shop",
          .message_id = "m1",
          .type = EventType::kTrack,
          .name = "Bought",
          .user_id = "u",
          .anonymous_id = "a",
          .original_timestamp = event_time_from_micros(1),
          .received_at = processing_time_from_micros(2),
          .properties = "{}"};
}

TEST(EventHashTest, WhatChangesFromTryToTryDoesNotCount) {
  EventView retry = event();
  retry.original_timestamp.reset();
  retry.sent_at = event_time_from_micros(77);
  retry.received_at = processing_time_from_micros(78);
  retry.flags = kEventFlagClockAhead;
  retry.schema_version = 3;
  EXPECT_EQ(seen_id(retry), seen_id(event()));
}

TEST(EventHashTest, AnotherEventTimeIsTheSameContentAtAnotherTime) {
  for (const std::int64_t micros : {std::int64_t{79}, std::int64_t{-1}, std::int64_t{1} << 60}) {
    EventView restamped = event();
    restamped.event_time = event_time_from_micros(micros);
    EXPECT_NE(seen_id(restamped), seen_id(event()));
    EXPECT_TRUE(SeenId::same_content(seen_id(restamped).content, seen_id(event()).content));
  }
}

TEST(EventHashTest, EverythingTheClientSaidCounts) {
  const std::vector<std::function<void(EventView&)>> changes = {
      [](EventView& e) { e.type = EventType::kPage; }, [](EventView& e) { e.name = "Sold"; },
      [](EventView& e) { e.user_id = "v"; },           [](EventView& e) { e.anonymous_id = "b"; },
      [](EventView& e) { e.session_id = "s"; },        [](EventView& e) { e.group_id = "g"; },
      [](EventView& e) { e.previous_id = "p"; },       [](EventView& e) { e.category = "c"; },
      [](EventView& e) { e.properties = "{ }"; },      [](EventView& e) { e.context = "{}"; },
      [](EventView& e) { e.traits = "{}"; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EventView other = event();
    changes[i](other);
    EXPECT_EQ(seen_id(other).id, seen_id(event()).id) << i;
    EXPECT_FALSE(SeenId::same_content(seen_id(other).content, seen_id(event()).content)) << i;
  }
}

TEST(EventHashTest, BytesDoNotMoveBetweenFields) {
  EventView one = event();
  one.user_id = "ab";
  one.anonymous_id = "";
  EventView other = event();
  other.user_id = "a";
  other.anonymous_id = "b";
  EXPECT_NE(seen_id(one).content, seen_id(other).content);
}

TEST(EventHashTest, AnIdentityIsHashedUnderTheKey) {
  EXPECT_EQ(key_event(event(), kIds).identity, kIds.identity("u"));
  HashKey key;
  key.bytes[0] = 1;
  EXPECT_NE(key_event(event(), IdHasher(key)).identity, kIds.identity("u"));
}

// Reliability row 12.
TEST(EventHashTest, TheSameMessageIdOfAnotherSourceIsAnotherId) {
  EventView other = event();
  other.source = "blog";
  EXPECT_NE(seen_id(other).id, seen_id(event()).id);
}

}  // namespace
}  // namespace hapax
