#include "adapters/rocksdb/rocksdb_checkpoint_store.hpp"

#include <gtest/gtest.h>

#include "testing/checkpoint_store_contract.hpp"
#include "testing/memory_checkpoint_store.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

class OnDisk : public CheckpointStoreUnderTest {
 public:
  CheckpointStore& reopen() override {
    store_.reset();
    store_ = RocksdbCheckpointStore::open(folder_.path(), {}).value();
    return *store_;
  }

 private:
  TemporaryDirectory folder_;
  std::unique_ptr<RocksdbCheckpointStore> store_;
};

class InMemory : public CheckpointStoreUnderTest {
 public:
  CheckpointStore& reopen() override { return store_; }

 private:
  MemoryCheckpointStore store_;
};

template <typename Store>
std::unique_ptr<CheckpointStoreUnderTest> make() {
  return std::make_unique<Store>();
}

std::string name_of(
    const testing::TestParamInfo<std::unique_ptr<CheckpointStoreUnderTest> (*)()>& info) {
  return info.param == &make<OnDisk> ? "Rocksdb" : "Memory";
}

INSTANTIATE_TEST_SUITE_P(CheckpointStore, CheckpointStoreContract,
                         testing::Values(&make<OnDisk>, &make<InMemory>), name_of);

TEST(RocksdbCheckpointStoreTest, ASecondOpenerIsRefused) {
  const TemporaryDirectory folder;
  const auto first = RocksdbCheckpointStore::open(folder.path(), {});
  ASSERT_TRUE(first);
  const auto second = RocksdbCheckpointStore::open(folder.path(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
}

TEST(RocksdbCheckpointStoreTest, ManyCheckpointsOfOneBucketStayReadable) {
  const TemporaryDirectory folder;
  const auto store = RocksdbCheckpointStore::open(folder.path(), {}).value();
  constexpr std::uint64_t kCheckpoints = 40;  // Past the compaction trigger.
  for (std::uint64_t i = 0; i < kCheckpoints; ++i) {
    ASSERT_TRUE(store->write({.meta = std::to_string(i),
                              .cells = {{"cell", std::to_string(i)}},
                              .runs = {{BucketId(0), {{{.low = i * 7919 % 40, .high = i}, i}}}},
                              .filters = {},
                              .live_buckets = {BucketId(0)}}));
  }
  for (std::uint64_t i = 0; i < kCheckpoints; ++i) {
    EXPECT_EQ(store->find_id(BucketId(0), {.low = i * 7919 % 40, .high = i}).value(), i);
  }
  EXPECT_EQ(store->meta().value(), "39");
  EXPECT_EQ(store->find_cell("cell").value(), "39");
}

}  // namespace
}  // namespace hapax
