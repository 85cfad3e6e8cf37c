// SPDX-License-Identifier: Apache-2.0
#include "collector/append_builder.hpp"

#include <gtest/gtest.h>

#include <string>

#include <limits>

namespace hapax {
namespace {

const IdHasher kIds;
constexpr EventView kSmall{.source = "s", .message_id = "m", .name = "n", .properties = "{}"};

TEST(AppendBuilderTest, WhatIsExpectedMakesNoRoomWithoutBound) {
  AppendBuilder builder(4, PartitionBy::kDevice, kIds,
                        {.events = 10'000, .bytes = std::numeric_limits<std::size_t>::max() / 2});
  builder.add(kSmall);
  EXPECT_EQ(builder.take().at(0).record_count, 1U);
}

TEST(AppendBuilderTest, RecordsThatAreShorterThanExpectedKeepNoMemoryForMore) {
  AppendBuilder builder(4, PartitionBy::kDevice, kIds, {.events = 1, .bytes = 32'000});
  builder.add(kSmall);
  const std::vector<PartitionRecords> parts = builder.take();
  EXPECT_LE(parts.at(0).records.capacity(), 2 * parts.at(0).records.size());
}

TEST(AppendBuilderTest, AUsersEventsGoTogetherWhereTheUserChooses) {
  EventView event;
  event.source = "shop";
  event.user_id = "u";
  AppendBuilder builder(64, PartitionBy::kUser, kIds, {.events = 2, .bytes = 100});
  for (const std::string device : {"phone", "laptop", "tablet"}) {
    event.anonymous_id = device;
    builder.add(event);
  }
  EXPECT_EQ(builder.take().size(), 1U);
}

}  // namespace
}  // namespace hapax
