// SPDX-License-Identifier: Apache-2.0
#include "stream/dedup_shard.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace hapax {
namespace {

constexpr BucketId kFull{1};
constexpr BucketId kNext{2};

TEST(DedupShardTest, TablesOfBothBucketsAreUsedAgainAfterTheirCheckpoint) {
  DedupShard shard(7);
  std::vector<std::weak_ptr<DedupShard::Table>> tables;
  for (std::uint64_t checkpoint = 0; checkpoint < 4; ++checkpoint) {
    for (std::uint64_t id = 1; id <= 100; ++id) {
      shard.insert(id <= 50 ? kFull : kNext, {.id = {.low = id, .high = checkpoint}});
    }
    for (const DedupShard::Run& run : shard.freeze()) {
      tables.emplace_back(run.ids);
    }
  }
  for (const auto& table : tables) {
    EXPECT_FALSE(table.expired());
  }
}

TEST(DedupShardTest, ATableThatIsUsedAgainHasNoIdOfBefore) {
  DedupShard shard(7);
  const auto insert = [&](std::uint64_t high) {
    for (std::uint64_t low = 1; low <= 100; ++low) {
      shard.insert(kFull, {.id = {.low = low, .high = high}});
    }
  };
  insert(1);
  for (int checkpoint = 0; checkpoint < 4; ++checkpoint) {
    shard.freeze();
    insert(2);
  }
  EXPECT_EQ(shard.find(kFull, {.low = 50, .high = 1}), nullptr);
  EXPECT_NE(shard.find(kFull, {.low = 50, .high = 2}), nullptr);
}

}  // namespace
}  // namespace hapax
