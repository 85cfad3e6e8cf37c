#include "adapters/rocksdb/rocksdb_state_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "testing/memory_state_store.hpp"
#include "testing/state_store_contract.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

class OnDisk : public StateStoreUnderTest {
 public:
  void reopen() override {
    store_.reset();
    store_ = RocksdbStateStore::open(folder_.path(), {}).value();
  }
  StateStore& of(const std::string& owner) override { return store_->owner(owner); }

 private:
  TemporaryDirectory folder_;
  std::unique_ptr<RocksdbStateStore> store_;
};

class InMemory : public StateStoreUnderTest {
 public:
  void reopen() override {}
  StateStore& of(const std::string& owner) override { return owners_[owner]; }

 private:
  std::map<std::string, MemoryStateStore> owners_;
};

template <typename Store>
std::unique_ptr<StateStoreUnderTest> make() {
  return std::make_unique<Store>();
}

std::string name_of(
    const testing::TestParamInfo<std::unique_ptr<StateStoreUnderTest> (*)()>& info) {
  return info.param == &make<OnDisk> ? "Rocksdb" : "Memory";
}

INSTANTIATE_TEST_SUITE_P(StateStore, StateStoreContract,
                         testing::Values(&make<OnDisk>, &make<InMemory>), name_of);

constexpr std::uint64_t kLargeBytes = 4U << 20U;

StateWrite one_pair(const std::string& key, const std::string& value) {
  StateWrite write{.manifest = value, .tables = {{.name = "t"}}};
  write.tables[0].changes.put(key, value);
  return write;
}

std::uint64_t file_bytes(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    bytes += file.is_regular_file() ? file.file_size() : 0;
  }
  return bytes;
}

TEST(RocksdbStateStoreTest, ASecondOpenerIsRefused) {
  const TemporaryDirectory folder;
  const auto first = RocksdbStateStore::open(folder.path(), {});
  ASSERT_TRUE(first);
  const auto second = RocksdbStateStore::open(folder.path(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
}

TEST(RocksdbStateStoreTest, ManyWritesOfOneTableStayReadable) {
  const TemporaryDirectory folder;
  const auto store = RocksdbStateStore::open(folder.path(), {}).value();
  StateStore& state = store->owner("one");
  constexpr int kWrites = 40;  // Past the compaction trigger.
  const auto key = [](int i) { return std::to_string(i * 7919 % kWrites); };
  for (int i = 0; i < kWrites; ++i) {
    ASSERT_TRUE(state.write(one_pair(key(i), std::to_string(i))));
  }
  for (int i = 0; i < kWrites; ++i) {
    EXPECT_EQ(state.find("t", key(i)).value(), std::to_string(i));
  }
  EXPECT_EQ(state.manifest().value(), "39");
}

TEST(RocksdbStateStoreTest, TheFilesOfADroppedTableAreGone) {
  const TemporaryDirectory folder;
  const auto store = RocksdbStateStore::open(folder.path(), {}).value();
  StateStore& state = store->owner("one");
  StateWrite large{.manifest = "large", .tables = {{.name = "t"}}};
  large.tables[0].changes.put("k", std::string(kLargeBytes, 'x'));
  ASSERT_TRUE(state.write(large));
  ASSERT_GE(file_bytes(folder.path()), kLargeBytes);
  ASSERT_TRUE(state.write({.manifest = "small", .tables = {{.name = "t", .dropped = true}}}));
  EXPECT_LT(file_bytes(folder.path()), kLargeBytes);
}

TEST(RocksdbStateStoreTest, AFolderOfFormat2IsRefusedWithAWord) {
  const TemporaryDirectory folder;
  std::filesystem::copy(HAPAX_GOLDEN_DIR "/state_v2", folder.path());
  const auto opened = RocksdbStateStore::open(folder.path(), {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(opened.error().text(),
            "the state folder has format 2, this version reads format 3; "
            "remove the state folder to rebuild it from the log");
}

}  // namespace
}  // namespace hapax
