// SPDX-License-Identifier: Apache-2.0
// The filter of a large bucket of ids, which has several pieces, in RocksDB.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "stream/id_table.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

constexpr BucketId kBucket{7};
constexpr std::uint64_t kCapacity = 1U << 24U;  // Two pieces.
/// docs/formats/state.md.
const std::string kSecondPiece = std::string(16, '\xFF') + "filter" + std::string("\0\0\0\1", 4);

class FilterInRocksdbTest : public testing::Test {
 protected:
  FilterInRocksdbTest() {
    reopen();
    for (std::uint64_t number = 0; number < 100'000; ++number) {
      filter_.add({.low = number << 7U, .high = number});
    }
    StateWrite write{.manifest = "m", .tables = {{.name = ids_table(kBucket)}}};
    put_filter(filter_, write.tables[0].changes);
    EXPECT_TRUE(state().write(write));
    reopen();
  }

  void reopen() {
    store_.reset();
    store_ = RocksdbStateStore::open(folder_.path() + "/state", {}).value();
  }
  StateStore& state() { return store_->owner("processor"); }

  /// Nothing: it is lost.
  void change_second_piece(const std::optional<std::string>& to) {
    StateWrite write{.manifest = "m", .tables = {{.name = ids_table(kBucket)}}};
    if (to) {
      write.tables[0].changes.put(kSecondPiece, *to);
    } else {
      write.tables[0].changes.erase(kSecondPiece);
    }
    ASSERT_TRUE(state().write(write));
    reopen();
  }

  Result<BloomFilter> read() {
    BloomFilter filter(kCapacity);
    HAPAX_TRY(read_filter(state(), kBucket, filter));
    return filter;
  }
  void expect_damage() {
    const Result<BloomFilter> got = read();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, ErrorKind::kCorrupt);
  }

  TemporaryDirectory folder_;
  std::unique_ptr<RocksdbStateStore> store_;
  BloomFilter filter_{kCapacity};
};

TEST_F(FilterInRocksdbTest, IsReadAsItWasWritten) {
  const BloomFilter got = read().value();
  ASSERT_EQ(got.piece_count(), 2U);
  EXPECT_TRUE(got.piece(0) == filter_.piece(0));
  EXPECT_TRUE(got.piece(1) == filter_.piece(1));
}

TEST_F(FilterInRocksdbTest, WithoutAPieceOrWithAPartOfItIsDamaged) {
  change_second_piece(std::string(filter_.piece(1).substr(1)));
  expect_damage();
  change_second_piece(std::nullopt);
  expect_damage();
  change_second_piece(std::string(filter_.piece(1)));
  EXPECT_TRUE(read());
}

}  // namespace
}  // namespace hapax
