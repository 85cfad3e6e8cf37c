// Checkpoints and power failures: RocksDB itself runs on the modelled disk (reliability T1, row
// 37).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "adapters/rocksdb/crash_file_system_test_support.hpp"
#include "adapters/rocksdb/rocksdb_checkpoint_store.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

constexpr std::uint64_t kIdsPerRun = 20;
constexpr std::uint64_t kRunsPerBucket = 5;
constexpr std::uint64_t kBucketsLive = 3;

void must(const Result<void>& result) {
  ASSERT_TRUE(result) << result.error().text();
}

BucketId bucket_of(std::uint64_t checkpoint) {
  return BucketId(static_cast<std::uint32_t>(checkpoint / kRunsPerBucket));
}

SeenId id_of(std::uint64_t checkpoint, std::uint64_t n) {
  return {.id = {.low = n, .high = checkpoint}, .content = checkpoint * 1000 + n};
}

std::vector<BucketId> live_buckets(std::uint64_t checkpoint) {
  const auto newest = bucket_of(checkpoint).value();
  std::vector<BucketId> live;
  for (std::uint32_t b = 0; b <= newest; ++b) {
    if (b + kBucketsLive > newest) {
      live.emplace_back(b);
    }
  }
  return live;
}

bool ends_a_bucket(std::uint64_t checkpoint) {
  return checkpoint % kRunsPerBucket == kRunsPerBucket - 1;
}

/// Checkpoint number n: everything in it says n.
Checkpoint make_checkpoint(std::uint64_t n) {
  Checkpoint checkpoint{
      .meta = fmt::format("{}", n),
      .cells = {{fmt::format("cell{:04}", n), "x"}, {"counter", fmt::format("{}", n)}},
      .runs = {{.bucket = bucket_of(n), .ids = {}}},
      .filters = {},
      .live_buckets = live_buckets(n)};
  for (std::uint64_t i = 0; i < kIdsPerRun; ++i) {
    checkpoint.runs.front().ids.push_back(id_of(n, i));
  }
  std::ranges::sort(checkpoint.runs.front().ids, {}, &SeenId::id);
  if (ends_a_bucket(n)) {
    checkpoint.filters.push_back({bucket_of(n), fmt::format("filter{}", bucket_of(n).value())});
  }
  return checkpoint;
}

/// The store on a modelled disk.
class StoreOnModel {
 public:
  explicit StoreOnModel(DiskImage image = {})
      : storage_(std::move(image)),
        env_(rocksdb::NewCompositeEnv(std::make_shared<CrashFileSystem>(storage_))) {}

  Result<void> open() {
    store_.reset();
    HAPAX_ASSIGN(store_, RocksdbCheckpointStore::open("state", {}, env_.get()));
    return {};
  }
  void close() { store_.reset(); }
  RocksdbCheckpointStore& store() { return *store_; }
  CrashStorage& storage() { return storage_; }

  /// The number of the last checkpoint; nothing before the first.
  std::optional<std::uint64_t> last() {
    const auto meta = store_->meta().value();
    return meta ? std::optional(std::stoull(*meta)) : std::nullopt;
  }

 private:
  CrashStorage storage_;
  const std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<RocksdbCheckpointStore> store_;
};

/// The store holds checkpoint `last` and all before it, and nothing of a later one.
void expect_content(RocksdbCheckpointStore& store, std::uint64_t last) {
  EXPECT_EQ(store.find_cell("counter").value(), fmt::format("{}", last));
  std::uint64_t cells = 0;
  ASSERT_TRUE(store.scan_cells("cell", "cellx", [&](auto, auto) { return ++cells > 0; }));
  EXPECT_EQ(cells, last + 1) << "cells of another checkpoint";
  for (const auto bucket : live_buckets(last)) {
    SCOPED_TRACE(fmt::format("bucket {}", bucket.value()));
    const auto first_run = bucket.value() * kRunsPerBucket;
    const auto runs = std::min(kRunsPerBucket, last + 1 - first_run);
    std::uint64_t ids = 0;
    ASSERT_TRUE(store.scan_ids(bucket, [&](const SeenId&) { ++ids; }));
    EXPECT_EQ(ids, runs * kIdsPerRun) << "ids and offsets are of different checkpoints";
    const auto probe = id_of(first_run + runs - 1, kIdsPerRun - 1);
    EXPECT_EQ(store.find_id(bucket, probe.id).value(), probe.content);
    if (runs == kRunsPerBucket) {
      EXPECT_EQ(store.filter(bucket).value(), fmt::format("filter{}", bucket.value()));
    }
  }
}

/// A store that lives through checkpoints and restarts, and how many checkpoints were told to be
/// durable by the number of disk operations.
struct StoreLife {
  explicit StoreLife(std::uint64_t checkpoints) {
    must(disk.open());
    written.push_back(disk.storage().trace().size());
    for (std::uint64_t n = 0; n < checkpoints; ++n) {
      must(disk.store().write(make_checkpoint(n)));
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
  std::vector<std::size_t> written;  ///< Operations done when n checkpoints were durable.
};

void check_crash(const StoreLife& life, std::size_t op_count, DiskImage image) {
  StoreOnModel disk(std::move(image));
  ASSERT_NO_FATAL_FAILURE(must(disk.open()));
  const auto acknowledged = life.written_at(op_count);
  const auto last = disk.last();
  const auto there = last ? *last + 1 : 0;
  EXPECT_GE(there, acknowledged) << "a checkpoint that was written is gone";
  EXPECT_LE(there, acknowledged + 1);
  if (last) {
    expect_content(disk.store(), *last);
  }
  must(disk.store().write(make_checkpoint(there)));
  must(disk.open());
  expect_content(disk.store(), there);
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

TEST(RocksdbCrashTest, ACheckpointIsThereInFullOrNotAtAllWhereverThePowerFails) {
  StoreLife life(12);
  EXPECT_GE(crash_everywhere(life, 6), 80);
}

TEST(RocksdbCrashSoakTest, ACheckpointIsThereInFullOrNotAtAllAtEveryOperation) {
  StoreLife life(40);
  int points = 0;
  for (int round = 0; round < 4 && !HasFailure(); ++round) {
    points += crash_everywhere(life, 1);
  }
  std::printf("%d crash points\n", points);
}

/// The n-th operation of a kind fails while checkpoint 1 is written: the power may fail after it,
/// or the checkpoint is written again. False when there is no n-th.
bool fail_nth(DiskOp::Kind kind, ErrorKind error, int n) {
  StoreOnModel disk;
  must(disk.open());
  must(disk.store().write(make_checkpoint(0)));
  int left = n;
  disk.storage().before_op([&](const DiskOp& op) -> std::optional<Error> {
    if (op.kind != kind || left == 0 || --left > 0) {
      return std::nullopt;
    }
    return Error{.kind = error, .message = "failed on purpose"};
  });
  const auto written = disk.store().write(make_checkpoint(1));
  disk.storage().before_op({});
  expect_content(disk.store(), disk.last().value());
  SeededRandom random(n);
  StoreOnModel after_power_failure(
      disk.storage().crash(disk.storage().trace().size(), random, DiskOrder::kAppend));
  must(after_power_failure.open());
  expect_content(after_power_failure.store(), after_power_failure.last().value());
  if (!written) {
    must(disk.store().write(make_checkpoint(1)));
  }
  must(disk.open());
  EXPECT_EQ(disk.last(), 1U);
  expect_content(disk.store(), 1);
  return left == 0;
}

TEST(RocksdbCrashTest, AfterAFailedWriteTheStoreIsWholeAndTheCheckpointCanBeWrittenAgain) {
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
