// SPDX-License-Identifier: Apache-2.0
#include "stream/id_table.hpp"

#include <gtest/gtest.h>

#include "testing/memory_state_store.hpp"

namespace hapax {
namespace {

constexpr BucketId kBucket{7};
constexpr std::uint64_t kCapacity = 1U << 24U;  // Two pieces.

class StoredFilterTest : public testing::Test {
 protected:
  StoredFilterTest() {
    for (std::uint64_t number = 0; number < 1'000; ++number) {
      filter_.add({.low = number << 8U, .high = number});
    }
    put_filter(filter_, write_.tables[0].changes);
  }

  MemoryStateStore store_;
  BloomFilter filter_{kCapacity};
  StateWrite write_{.manifest = {}, .tables = {{.name = ids_table(kBucket)}}};
};

TEST_F(StoredFilterTest, IsReadAsItWasPut) {
  ASSERT_TRUE(store_.write(write_));
  ASSERT_EQ(store_.table(ids_table(kBucket)).size(), 2U);
  BloomFilter filter(kCapacity);
  ASSERT_TRUE(read_filter(store_, kBucket, filter));
  EXPECT_TRUE(filter.piece(0) == filter_.piece(0));
  EXPECT_TRUE(filter.piece(1) == filter_.piece(1));
}

TEST_F(StoredFilterTest, WithoutAPieceIsNotBelieved) {
  ASSERT_TRUE(store_.write(write_));
  StateWrite loss{.manifest = {}, .tables = {{.name = ids_table(kBucket)}}};
  loss.tables[0].changes.erase(store_.table(ids_table(kBucket)).rbegin()->first);
  ASSERT_TRUE(store_.write(loss));
  BloomFilter filter(kCapacity);
  const Result<void> read = read_filter(store_, kBucket, filter);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
}

// Pages and filter are in one table.
TEST_F(StoredFilterTest, IsNoneOfTheIdsThatAreRows) {
  ASSERT_TRUE(store_.write(write_));
  int ids = 0;
  ASSERT_TRUE(scan_ids(store_, kBucket, [&](const SeenId&) { ++ids; }));
  EXPECT_EQ(ids, 0);
}

}  // namespace
}  // namespace hapax
