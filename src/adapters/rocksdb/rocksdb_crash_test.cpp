// SPDX-License-Identifier: Apache-2.0
// Writes and power failures: RocksDB itself runs on the modelled disk (reliability T1, rows 21,
// 37). Random writes of two owners put, erase, drop and fill tables; what a crash leaves is
// compared, table by table, with a store in memory that made the same writes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "adapters/rocksdb/crash_file_system_test_support.hpp"
#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

constexpr std::uint64_t kKeys = 30;
constexpr const char* kTables[] = {"cells", "ids.0", "ids.1"};
constexpr const char* kOwners[] = {"one", "two"};

void must(const Result<void>& result) {
  ASSERT_TRUE(result) << result.error().text();
}

std::string key_of(std::uint64_t number) {
  return fmt::format("{:02}", number);
}

/// `value` tells the writes apart.
StateWrite::Table random_table(std::string name, const std::string& value, Random& random) {
  StateWrite::Table table{.name = std::move(name)};
  table.dropped = random.next() % 3 == 0;
  if (random.next() % 3 == 0) {
    const std::uint64_t from = random.next() % kKeys;
    table.erased.push_back({key_of(from), key_of(from + 1 + random.next() % kKeys)});
  }
  const bool empty = random.next() % 4 == 0;
  for (std::uint64_t key = 0; key < kKeys && !empty; ++key) {
    if (random.next() % 3 == 0) {
      random.next() % 3 == 0 ? table.changes.erase(key_of(key))
                             : table.changes.put(key_of(key), value);
    }
  }
  return table;
}

std::string owner_of(std::uint64_t n) {
  return kOwners[n % 4 == 3 ? 1 : 0];
}

/// Write number n, which is of owner_of(n) and says n in its manifest.
StateWrite make_write(std::uint64_t n) {
  SeededRandom random(n);
  StateWrite write{.manifest = std::to_string(n)};
  for (const char* table : kTables) {
    if (random.next() % 2 == 0) {
      write.tables.push_back(random_table(table, fmt::format("{} of {}", table, n), random));
    }
  }
  return write;
}

/// What the store must hold after so many writes.
using Owners = std::map<std::string, MemoryStateStore>;
Owners after(std::uint64_t writes) {
  Owners owners;
  for (const char* owner : kOwners) {
    owners[owner];
  }
  for (std::uint64_t n = 0; n < writes; ++n) {
    must(owners[owner_of(n)].write(make_write(n)));
  }
  return owners;
}

MemoryStateStore::Table content(StateStore& store, std::string_view table) {
  MemoryStateStore::Table content;
  must(store.scan(table, "", "~", [&](auto key, auto value) {
    content.emplace(key, value);
    return true;
  }));
  return content;
}

/// The store on a modelled disk.
class StoreOnModel {
 public:
  explicit StoreOnModel(DiskImage image = {})
      : storage_(std::move(image)),
        env_(rocksdb::NewCompositeEnv(std::make_shared<CrashFileSystem>(storage_))) {}

  Result<void> open() {
    store_.reset();
    HAPAX_ASSIGN(store_, RocksdbStateStore::open("state", {}, env_.get()));
    return {};
  }
  void close() { store_.reset(); }
  StateStore& owner(const std::string& name) { return store_->owner(name); }
  Result<void> write(std::uint64_t n) { return owner(owner_of(n)).write(make_write(n)); }
  CrashStorage& storage() { return storage_; }

  /// How many writes are there.
  std::uint64_t writes() {
    std::uint64_t writes = 0;
    for (const char* owner : kOwners) {
      if (const auto manifest = store_->owner(owner).manifest().value()) {
        writes = std::max<std::uint64_t>(writes, std::stoull(*manifest) + 1);
      }
    }
    return writes;
  }

  /// All of each of the first `writes` writes, and nothing of a later one.
  void expect(std::uint64_t writes) {
    for (auto& [owner, expected] : after(writes)) {
      StateStore& state = store_->owner(owner);
      EXPECT_EQ(state.manifest().value(), expected.manifest().value()) << owner;
      for (const char* table : kTables) {
        EXPECT_EQ(content(state, table), expected.table(table)) << owner << " " << table;
      }
    }
  }

 private:
  CrashStorage storage_;
  const std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<RocksdbStateStore> store_;
};

/// A store that lives through writes and restarts, and how many writes were told to be durable by
/// the number of disk operations.
struct StoreLife {
  explicit StoreLife(std::uint64_t writes) {
    must(disk.open());
    written.push_back(disk.storage().trace().size());
    for (std::uint64_t n = 0; n < writes; ++n) {
      must(disk.write(n));
      written.push_back(disk.storage().trace().size());
      if (n % 7 == 6) {
        must(disk.open());
      }
    }
    disk.close();
  }
  std::size_t written_at(std::size_t op_count) const {
    const auto after = std::ranges::upper_bound(written, op_count);
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - written.begin() - 1, 0));
  }

  StoreOnModel disk;
  std::vector<std::size_t> written;  ///< Operations done when n writes were durable.
};

void check_crash(const StoreLife& life, std::size_t op_count, DiskImage image) {
  StoreOnModel disk(std::move(image));
  ASSERT_NO_FATAL_FAILURE(must(disk.open()));
  const auto acknowledged = life.written_at(op_count);
  const auto there = disk.writes();
  EXPECT_GE(there, acknowledged) << "a write that was acknowledged is gone";
  EXPECT_LE(there, acknowledged + 1);
  disk.expect(there);
  must(disk.write(there));
  must(disk.open());
  disk.expect(there + 1);
}

int crash_everywhere(StoreLife& life, std::size_t step) {
  SeededRandom random(11);
  auto& storage = life.disk.storage();
  int points = 0;
  for (std::size_t op_count = 0; op_count <= storage.trace().size() && !testing::Test::HasFailure();
       op_count += 1 + random.below(step)) {
    SCOPED_TRACE(fmt::format("operation {} of {}", op_count, storage.trace().size()));
    check_crash(life, op_count, storage.crash(op_count, random, DiskOrder::kAppend));
    ++points;
  }
  return points;
}

TEST(RocksdbCrashTest, AWriteIsThereInFullOrNotAtAllWhereverThePowerFails) {
  StoreLife life(11);
  EXPECT_GE(crash_everywhere(life, 9), 80);
}

TEST(RocksdbCrashSoakTest, AWriteIsThereInFullOrNotAtAllAtEveryOperation) {
  StoreLife life(40);
  int points = 0;
  for (int round = 0; round < 4 && !HasFailure(); ++round) {
    points += crash_everywhere(life, 1);
  }
  std::printf("%d crash points\n", points);
}

// A table goes by the write that says so, though its files and its family go after it.
TEST(RocksdbCrashTest, ADroppedTableComesBackNowhereThePowerFails) {
  StoreOnModel disk;
  must(disk.open());
  StateWrite fill{.manifest = "0", .tables = {{.name = "cells"}}};
  fill.tables[0].changes.put("k", "v");
  must(disk.owner("one").write(fill));
  const std::size_t begin = disk.storage().trace().size();
  must(disk.owner("one").write({.manifest = "1", .tables = {{.name = "cells", .dropped = true}}}));
  const std::size_t end = disk.storage().trace().size();
  SeededRandom random(3);
  for (std::size_t op_count = begin; op_count <= end; ++op_count) {
    StoreOnModel after(disk.storage().crash(op_count, random, DiskOrder::kAppend));
    must(after.open());
    EXPECT_EQ(content(after.owner("one"), "cells").empty(), after.writes() == 2) << op_count;
  }
}

constexpr std::uint64_t kBeforeFailure = 6;

/// The n-th operation of a kind fails during a write: the power may fail after it, or it is written
/// again. False when there is no n-th.
bool fail_nth(DiskOp::Kind kind, ErrorKind error, int n) {
  StoreOnModel disk;
  must(disk.open());
  for (std::uint64_t write = 0; write < kBeforeFailure; ++write) {
    must(disk.write(write));
  }
  int left = n;
  disk.storage().before_op([&](const DiskOp& op) -> std::optional<Error> {
    if (op.kind != kind || left == 0 || --left > 0) {
      return std::nullopt;
    }
    return Error{.kind = error, .message = "failed on purpose"};
  });
  const auto written = disk.write(kBeforeFailure);
  disk.storage().before_op({});
  disk.expect(disk.writes());
  SeededRandom random(n);
  StoreOnModel after_power_failure(
      disk.storage().crash(disk.storage().trace().size(), random, DiskOrder::kAppend));
  must(after_power_failure.open());
  after_power_failure.expect(after_power_failure.writes());
  if (!written) {
    must(disk.write(kBeforeFailure));
  }
  must(disk.open());
  disk.expect(kBeforeFailure + 1);
  return left == 0;
}

TEST(RocksdbCrashTest, AfterAFailedWriteTheStoreIsWholeAndTheSameCanBeWrittenAgain) {
  for (const auto kind : {DiskOp::Kind::kSync, DiskOp::Kind::kWrite, DiskOp::Kind::kLink}) {
    for (const auto error : {ErrorKind::kExhausted, ErrorKind::kUnavailable}) {
      bool happened = true;
      for (int n = 1; happened && !HasFailure(); n += 1 + n / 8) {
        SCOPED_TRACE(fmt::format("operation kind {}, error {}, the {}th", static_cast<int>(kind),
                                 static_cast<int>(error), n));
        happened = fail_nth(kind, error, n);
      }
    }
  }
}

}  // namespace
}  // namespace hapax
