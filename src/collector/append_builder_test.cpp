// SPDX-License-Identifier: Apache-2.0
#include "collector/append_builder.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace hapax {
namespace {

const IdHasher kIds;
constexpr EventView kSmall{.source = "s", .message_id = "m", .name = "n", .properties = "{}"};

TEST(AppendBuilderTest, WhatIsExpectedMakesNoRoomWithoutBound) {
  AppendBuilder builder(4, kIds,
                        {.events = 10'000, .bytes = std::numeric_limits<std::size_t>::max() / 2});
  builder.add(kSmall);
  EXPECT_EQ(builder.take().at(0).record_count, 1U);
}

TEST(AppendBuilderTest, RecordsThatAreShorterThanExpectedKeepNoMemoryForMore) {
  AppendBuilder builder(4, kIds, {.events = 1, .bytes = 32'000});
  builder.add(kSmall);
  const std::vector<PartitionRecords> parts = builder.take();
  EXPECT_LE(parts.at(0).records.capacity(), 2 * parts.at(0).records.size());
}

}  // namespace
}  // namespace hapax
