// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/rocksdb_state_store.hpp"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <thread>

#include "adapters/rocksdb/table_options.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/state_store_contract.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

Result<std::unique_ptr<RocksdbStateStore>> open_in(const TemporaryDirectory& folder) {
  return RocksdbStateStore::open(folder.path() + "/state",
                                 {.base_directory = folder.path() + "/base"});
}

class OnDisk : public StateStoreUnderTest {
 public:
  void reopen() override {
    store_.reset();
    store_ = open_in(folder_).value();
  }
  void lose_state() override {
    store_.reset();
    std::filesystem::remove_all(folder_.path() + "/state");
    reopen();
  }
  StateStore& of(const std::string& owner) override { return store_->owner(owner); }

 private:
  TemporaryDirectory folder_;
  std::unique_ptr<RocksdbStateStore> store_;
};

class InMemory : public StateStoreUnderTest {
 public:
  void reopen() override {}
  void lose_state() override {
    for (auto& [name, owner] : owners_) {
      ASSERT_TRUE(owner.reset());
    }
  }
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

INSTANTIATE_TEST_SUITE_P(StateStore, StemsOfStateStore,
                         testing::Values(&make<OnDisk>, &make<InMemory>), name_of);

constexpr std::uint64_t kLargeBytes = 4U << 20U;

StateWrite one_pair(const std::string& key, const std::string& value) {
  StateWrite write{.manifest = value, .tables = {{.name = "t"}}};
  write.tables[0].changes.put(key, value);
  return write;
}

StateWrite large_table() {
  StateWrite large{.manifest = "large", .tables = {{.name = "t"}}};
  large.tables[0].changes.put("k", std::string(kLargeBytes, 'x'));
  return large;
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

std::string row_of(std::string_view stem, char digit) {
  return std::string(stem).append(kBehindStemBytes, digit);
}

/// Opens the database as a version that knew no stems did, and puts rows into "t.keys".
void put_without_stems(const std::string& directory, const std::vector<std::string>& rows) {
  const rocksdb::Options options =
      state_db_options({}, rocksdb::NewLRUCache(1U << 20U), rocksdb::Env::Default());
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, directory, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) {
    families.emplace_back(name, options);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, directory, families, &handles, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (rocksdb::ColumnFamilyHandle* family : handles) {
    if (family->GetName().starts_with("one/t.keys#")) {
      for (const std::string& row : rows) {
        ASSERT_TRUE(db->Put(rocksdb::WriteOptions(), family, row, "old").ok());
      }
      ASSERT_TRUE(db->Flush(rocksdb::FlushOptions(), family).ok());
    }
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(family).ok());
  }
}

TEST(RocksdbStateStoreTest, RowsInFilesWithoutFiltersOfStemsAreFoundByTheirStems) {
  const TemporaryDirectory folder;
  const auto write = [&](const std::string& row) {
    StateWrite write{.manifest = "m", .tables = {{.name = "t.keys"}}};
    write.tables[0].changes.put(row, "new");
    ASSERT_TRUE(RocksdbStateStore::open(folder.path(), {}).value()->owner("one").write(write));
  };
  write(row_of("a", '1'));
  put_without_stems(folder.path(), {row_of("a", '2'), row_of("b", '1'), row_of("c", '1')});
  write(row_of("b", '2'));
  const auto store = RocksdbStateStore::open(folder.path(), {}).value();
  const auto values_of = [&](std::string_view stem) {
    std::vector<std::string> values;
    EXPECT_TRUE(store->owner("one").scan_stem("t.keys", row_of(stem, '0'), [&](auto, auto value) {
      values.emplace_back(value);
      return true;
    }));
    return values;
  };
  EXPECT_EQ(values_of("a"), (std::vector<std::string>{"new", "old"}));
  EXPECT_EQ(values_of("b"), (std::vector<std::string>{"old", "new"}));
  EXPECT_EQ(values_of("c"), (std::vector<std::string>{"old"}));
  EXPECT_EQ(values_of("d"), std::vector<std::string>{});
}

TEST(RocksdbStateStoreTest, TheFilesOfADroppedTableAreGone) {
  const TemporaryDirectory folder;
  const auto store = RocksdbStateStore::open(folder.path(), {}).value();
  StateStore& state = store->owner("one");
  ASSERT_TRUE(state.write(large_table()));
  ASSERT_GE(file_bytes(folder.path()), kLargeBytes);
  ASSERT_TRUE(state.write({.manifest = "small", .tables = {{.name = "t", .dropped = true}}}));
  EXPECT_LT(file_bytes(folder.path()), kLargeBytes);
}

// As ids do that are merged: who asks the old place first, and then the new one, finds them.
TEST(RocksdbStateStoreTest, WhatMovesToAnotherTableIsFoundInOneOfBoth) {
  const TemporaryDirectory folder;
  const auto store = open_in(folder).value();
  StateStore& owner = store->owner("processor");
  const auto name_of_table = [](int n) { return std::string("ids.").append(std::to_string(n)); };
  const auto write_of = [&](int n) {
    StateWrite write{.manifest = "m", .tables = {{.name = name_of_table(n)}}};
    write.tables[0].changes.put("key", "value");
    if (n > 0) {
      write.tables.push_back({.name = name_of_table(n - 1), .dropped = true});
    }
    return write;
  };
  ASSERT_TRUE(owner.write(write_of(0)));
  int found_anew = 0;
  for (int n = 1; n <= 10; ++n) {
    std::atomic<bool> written = false;
    std::future<int> lost = std::async(std::launch::async, [&] {
      int missing = 0;
      for (bool last = false; !last;) {
        last = written;
        if (!owner.find(name_of_table(n - 1), "key").value()) {
          ++found_anew;
          missing += owner.find(name_of_table(n), "key").value() ? 0 : 1;
        }
      }
      return missing;
    });
    ASSERT_TRUE(owner.write(write_of(n)));
    written = true;
    EXPECT_EQ(lost.get(), 0) << n;
  }
  EXPECT_GE(found_anew, 10);
}

TEST(RocksdbStateStoreTest, ASnapshotOfADatabaseThatWasClosedSaysSo) {
  const TemporaryDirectory directory;
  std::shared_ptr<const StateSnapshot> snapshot;
  const auto nothing = [](SnapshotReader&) -> Result<void> { return {}; };
  {
    auto store = RocksdbStateStore::open(directory.path() + "/state", {}).value();
    StateStore& state = store->owner("one");
    ASSERT_TRUE(state.write({.manifest = "first"}));
    snapshot = state.snapshot().value();
    ASSERT_TRUE(snapshot->read(nothing));
    ASSERT_TRUE(state.reset());
    EXPECT_EQ(snapshot->read(nothing).error().kind, ErrorKind::kUnavailable);
    snapshot = state.snapshot().value();
    ASSERT_TRUE(snapshot->read(nothing));
  }
  EXPECT_EQ(snapshot->read(nothing).error().kind, ErrorKind::kUnavailable);
}

TEST(RocksdbStateStoreTest, ReadsThatBeginWhileTheDatabaseIsToBeClosedDoNotHoldItUp) {
  const TemporaryDirectory directory;
  auto store = RocksdbStateStore::open(directory.path() + "/state", {}).value();
  StateStore& state = store->owner("one");
  ASSERT_TRUE(state.write({.manifest = "first"}));
  const auto snapshot = state.snapshot().value();
  std::promise<void> begun;
  std::promise<void> end;
  std::thread reader([&] {
    EXPECT_TRUE(snapshot->read([&](SnapshotReader&) -> Result<void> {
      begun.set_value();
      end.get_future().wait();
      return {};
    }));
  });
  begun.get_future().wait();
  std::thread closer([&] { EXPECT_TRUE(state.reset()); });
  while (snapshot->read([](SnapshotReader&) -> Result<void> { return {}; })) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(snapshot->is_open());
  end.set_value();
  reader.join();
  closer.join();
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

TEST(RocksdbBaseTest, IsOfAllOwners) {
  const TemporaryDirectory folder;
  {
    const auto store = open_in(folder).value();
    ASSERT_TRUE(store->owner("one").write(one_pair("k", "1")));
    ASSERT_TRUE(store->owner("two").write(one_pair("k", "2")));
    ASSERT_TRUE(store->owner("one").keep_base());
  }
  std::filesystem::remove_all(folder.path() + "/state");
  const auto store = open_in(folder).value();
  EXPECT_EQ(store->owner("one").find("t", "k").value(), "1");
  EXPECT_EQ(store->owner("two").find("t", "k").value(), "2");
}

TEST(RocksdbBaseTest, SharesItsTablesWithTheStateAndKeepsThemAlone) {
  const TemporaryDirectory folder;
  const auto store = open_in(folder).value();
  StateStore& state = store->owner("one");
  ASSERT_TRUE(state.write(large_table()));
  ASSERT_TRUE(state.keep_base());
  std::uint64_t tables = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder.path() + "/base")) {
    if (file.path().extension() == ".sst") {
      EXPECT_EQ(file.hard_link_count(), 2U) << file.path();
      ++tables;
    }
  }
  EXPECT_EQ(tables, 2U);
  ASSERT_TRUE(state.write({.manifest = "small", .tables = {{.name = "t", .dropped = true}}}));
  EXPECT_GE(file_bytes(folder.path() + "/base"), kLargeBytes);
  EXPECT_GE(state.stats().base_bytes, kLargeBytes);
  EXPECT_GT(state.stats().base_made_seconds, 0);
  ASSERT_TRUE(state.keep_base());
  EXPECT_LT(file_bytes(folder.path()), kLargeBytes) << "the former one is gone";
  EXPECT_LT(state.stats().base_bytes, kLargeBytes);
}

TEST(RocksdbBaseTest, AStateWithoutItsFileCurrentIsTheBaseAgain) {
  const TemporaryDirectory folder;
  {
    const auto store = open_in(folder).value();
    EXPECT_FALSE(store->made_of_base());
    ASSERT_TRUE(store->owner("one").write(one_pair("k", "1")));
    ASSERT_TRUE(store->owner("one").keep_base());
    ASSERT_TRUE(store->owner("one").write(one_pair("k", "2")));
  }
  std::filesystem::remove(folder.path() + "/state/CURRENT");
  const auto store = open_in(folder).value();
  EXPECT_TRUE(store->made_of_base()) << "which is said, though the folder is there";
  EXPECT_EQ(store->owner("one").find("t", "k").value(), "1");
}

TEST(RocksdbStateStoreTest, AFolderThatIsRemovedMeanwhileGetsNoWriteOnTopOfLess) {
  const TemporaryDirectory folder;
  {
    const auto store = open_in(folder).value();
    StateStore& state = store->owner("one");
    ASSERT_TRUE(state.write(one_pair("a", "1")));
    std::filesystem::remove_all(folder.path() + "/state");
    for (int tries = 0; tries < 2; ++tries) {
      const Result<void> written = state.write(one_pair("b", "2"));
      ASSERT_FALSE(written) << "\"a\" would be missing, and the manifest would not say so";
      EXPECT_EQ(written.error().kind, ErrorKind::kUnavailable);
    }
    EXPECT_FALSE(state.keep_base());
  }
  const auto store = open_in(folder).value();
  EXPECT_EQ(store->owner("one").manifest().value(), std::nullopt);
}

TEST(RocksdbBaseTest, IsNotWrittenOnWhenTheStateIsRemovedMeanwhile) {
  const TemporaryDirectory folder;
  {
    const auto store = open_in(folder).value();
    StateStore& state = store->owner("one");
    ASSERT_TRUE(state.write(one_pair("a", "1")));
    ASSERT_TRUE(state.keep_base());
    ASSERT_TRUE(state.write(one_pair("b", "2")));
    std::filesystem::remove_all(folder.path() + "/state");
    std::filesystem::create_directory(folder.path() + "/state");
    std::filesystem::create_directory(folder.path() + "/state/staging");
    std::filesystem::create_directory(folder.path() + "/state/staging/0.sst");  // Stops a write.
    for (int tries = 0; tries < 2; ++tries) {
      EXPECT_FALSE(state.write(one_pair("c", "3")));
    }
    std::filesystem::remove(folder.path() + "/state/staging/0.sst");
    EXPECT_FALSE(state.write(one_pair("c", "3"))) << "\"b\" would be missing";
    EXPECT_FALSE(state.keep_base());
  }
  const auto store = open_in(folder).value();
  EXPECT_EQ(store->owner("one").manifest().value(), "1");
}

TEST(RocksdbBaseTest, OneThatIsDamagedCostsNoStateThatIsReset) {
  const TemporaryDirectory folder;
  {
    const auto store = open_in(folder).value();
    StateStore& state = store->owner("one");
    ASSERT_TRUE(state.write(one_pair("a", "1")));
    ASSERT_TRUE(state.keep_base());
    ASSERT_TRUE(state.write(one_pair("b", "2")));
    for (const auto& file : std::filesystem::directory_iterator(folder.path() + "/base/1")) {
      if (file.path().extension() == ".sst") {
        std::filesystem::remove(file.path());
      }
    }
    EXPECT_FALSE(state.reset());
  }
  const auto store = open_in(folder);
  ASSERT_TRUE(store);
  EXPECT_EQ((*store)->owner("one").manifest().value(), "2") << "the only one that is left";
}

TEST(RocksdbBaseTest, AResetThatFailsHalfWayIsEndedByWhoReadsNext) {
  const TemporaryDirectory folder;
  const auto store = open_in(folder).value();
  StateStore& state = store->owner("one");
  ASSERT_TRUE(state.write(one_pair("a", "1")));
  ASSERT_TRUE(state.keep_base());
  ASSERT_TRUE(state.write(one_pair("b", "2")));
  const std::string obstacle = folder.path() + "/state/CURRENT.new";
  std::filesystem::create_directory(obstacle);
  EXPECT_FALSE(state.reset());
  EXPECT_FALSE(state.manifest());
  std::filesystem::remove(obstacle);
  EXPECT_EQ(state.manifest().value(), "1");
  EXPECT_EQ(state.find("t", "b").value(), std::nullopt);
  EXPECT_TRUE(state.write(one_pair("c", "3")));
}

TEST(RocksdbBaseTest, OneThatIsDamagedIsRefusedWithAWordOnlyWhenItIsNeeded) {
  const TemporaryDirectory folder;
  {
    const auto store = open_in(folder).value();
    ASSERT_TRUE(store->owner("one").write(one_pair("k", "1")));
    ASSERT_TRUE(store->owner("one").keep_base());
  }
  for (const auto& file : std::filesystem::directory_iterator(folder.path() + "/base/1")) {
    if (file.path().extension() == ".sst") {
      std::filesystem::remove(file.path());
    }
  }
  {
    const auto store = open_in(folder);
    ASSERT_TRUE(store);
    EXPECT_FALSE((*store)->owner("one").base_manifest());
  }
  std::filesystem::remove_all(folder.path() + "/state");
  const auto refused = open_in(folder);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the base in " + folder.path() + "/base/1: "),
            std::string::npos)
      << refused.error().text();
  EXPECT_NE(refused.error().hint.find("remove the folder to count anew"), std::string::npos);
}

}  // namespace
}  // namespace hapax
