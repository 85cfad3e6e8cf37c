// SPDX-License-Identifier: Apache-2.0
// Bases and power failures: the state and its base on the modelled disk. Wherever the power fails
// while a base is kept, takes the place of another or is restored, one of both is there in full.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <set>

#include "adapters/rocksdb/crash_file_system_test_support.hpp"
#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using Kind = DiskOp::Kind;

void must(const Result<void>& result) {
  ASSERT_TRUE(result) << result.error().text();
}

/// Number n puts n under "k" and under a key of its own, into a table that it replaces.
StateWrite make_write(std::uint64_t n) {
  const std::string value = std::to_string(n);
  StateWrite write{.manifest = value, .tables = {{.name = "t"}, {.name = "u", .dropped = true}}};
  write.tables[0].changes.put("k", value);
  write.tables[0].changes.put("k" + value, value);
  write.tables[1].changes.put("only", value);
  return write;
}

/// The state's folder is removed; what is opened then must be the base.
DiskImage removed_state(DiskImage image) {
  std::erase_if(image.names, [](const auto& name) { return name.first.starts_with("state/"); });
  return image;
}

/// A state and its base on a modelled disk.
class StateOnModel {
 public:
  explicit StateOnModel(DiskImage image = {})
      : storage_(std::move(image)),
        env_(rocksdb::NewCompositeEnv(std::make_shared<CrashFileSystem>(storage_))) {}

  Result<void> open() {
    store_.reset();
    HAPAX_ASSIGN(store_, RocksdbStateStore::open("state", {.base_directory = "base"}, env_.get()));
    return {};
  }
  Result<void> write(std::uint64_t n) { return state().write(make_write(n)); }
  Result<void> keep_base() { return state().keep_base(); }
  DiskImage without_state() {
    store_.reset();
    return removed_state(storage_.image());
  }
  CrashStorage& storage() { return storage_; }
  std::size_t op_count() const { return storage_.trace().size(); }

  std::optional<std::uint64_t> number(const std::optional<std::string>& manifest) {
    return manifest ? std::optional<std::uint64_t>(std::stoull(*manifest)) : std::nullopt;
  }
  std::optional<std::uint64_t> written() { return number(state().manifest().value()); }
  std::optional<std::uint64_t> based() { return number(state().base_manifest().value()); }
  /// All of the writes up to `n`, and nothing of a later one.
  void expect(std::uint64_t n) {
    ASSERT_EQ(written(), n);
    EXPECT_EQ(state().find("t", "k").value(), std::to_string(n));
    EXPECT_EQ(state().find("t", "k" + std::to_string(n + 1)).value(), std::nullopt);
    EXPECT_EQ(state().find("u", "only").value(), std::to_string(n));
    for (std::uint64_t i = 1; i <= n; ++i) {
      EXPECT_EQ(state().find("t", "k" + std::to_string(i)).value(), std::to_string(i));
    }
  }

 private:
  StateStore& state() { return store_->owner("one"); }

  CrashStorage storage_;
  const std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<RocksdbStateStore> store_;
};

/// The power failed, which left `image`, and the state is gone. In the base is write `at_least` or
/// a later one, `at_most` the latest.
void check_base(DiskImage image, std::uint64_t at_least, std::uint64_t at_most) {
  StateOnModel restored(removed_state(std::move(image)));
  ASSERT_NO_FATAL_FAILURE(must(restored.open()));
  const std::uint64_t n = restored.written().value_or(0);
  ASSERT_GE(n, at_least) << "a base that was kept is gone";
  ASSERT_LE(n, at_most);
  if (n == 0) {
    return;
  }
  restored.expect(n);
  must(restored.write(n + 1));
  must(restored.keep_base());
  must(restored.open());
  restored.expect(n + 1);
}

constexpr std::uint64_t kBases = 3;
constexpr std::uint64_t kWritesBetween = 2;

/// At each `step`-th operation on average.
int crash_while_keeping(std::size_t step, std::uint64_t seed) {
  StateOnModel disk;
  must(disk.open());
  SeededRandom random(seed);
  int points = 0;
  std::uint64_t written = 0;
  for (std::uint64_t base = 0; base < kBases; ++base) {
    for (std::uint64_t i = 0; i < kWritesBetween; ++i) {
      must(disk.write(++written));
    }
    const std::size_t begin = disk.op_count();
    must(disk.keep_base());
    const std::size_t end = disk.op_count();
    for (std::size_t at = begin; at <= end && !testing::Test::HasFailure();
         at += at == end ? 1 : std::min(1 + random.below(step), end - at)) {
      SCOPED_TRACE(fmt::format("base {}, operation {} of {}", base, at - begin, end - begin));
      check_base(disk.storage().crash(at, random), at == end ? written : written - kWritesBetween,
                 written);
      ++points;
    }
  }
  return points;
}

TEST(BaseCrashTest, TheFormerBaseOrTheNewOneIsThereWhereverThePowerFails) {
  EXPECT_GE(crash_while_keeping(3, 5), 20);
}

TEST(BaseCrashSoakTest, TheFormerBaseOrTheNewOneIsThereAtEveryOperation) {
  int points = 0;
  for (std::uint64_t seed = 0; seed < 20 && !HasFailure(); ++seed) {
    points += crash_while_keeping(1, seed);
  }
  std::printf("%d crash points\n", points);
}

/// The power fails while the base becomes the state, and once more while that is done again.
TEST(BaseCrashTest, ARestoreThatIsCutShortIsMadeAgain) {
  StateOnModel disk;
  must(disk.open());
  must(disk.write(1));
  must(disk.write(2));
  must(disk.keep_base());
  must(disk.write(3));
  const DiskImage lost = disk.without_state();
  StateOnModel whole(lost);
  must(whole.open());
  whole.expect(2);
  SeededRandom random(7);
  for (std::size_t at = 0; at <= whole.op_count() && !HasFailure(); at += 1 + random.below(4)) {
    SCOPED_TRACE(fmt::format("operation {} of {}", at, whole.op_count()));
    StateOnModel again(whole.storage().crash(at, random, DiskOrder::kAppend));
    ASSERT_NO_FATAL_FAILURE(must(again.open()));
    again.expect(2);
    StateOnModel third(
        again.storage().crash(random.below(again.op_count()), random, DiskOrder::kAppend));
    ASSERT_NO_FATAL_FAILURE(must(third.open()));
    third.expect(2);
    must(third.write(3));
    third.expect(3);
  }
}

/// The n-th operation of a kind fails while a base is kept. False when there is no n-th.
bool fail_nth(Kind kind, ErrorKind error, int n) {
  StateOnModel disk;
  must(disk.open());
  must(disk.write(1));
  must(disk.keep_base());
  must(disk.write(2));
  int left = n;
  disk.storage().before_op([&](const DiskOp& op) -> std::optional<Error> {
    if (op.kind != kind || left == 0 || --left > 0) {
      return std::nullopt;
    }
    return Error{.kind = error, .message = "failed on purpose"};
  });
  const std::size_t begin = disk.op_count();
  const auto kept = disk.keep_base();
  const std::size_t end = disk.op_count();
  disk.storage().before_op({});
  EXPECT_EQ(disk.based(), kept ? 2U : 1U);
  disk.expect(2);
  SeededRandom random(n);
  for (int crash = 0; crash < 4; ++crash) {  // Most of all while what failed is cleared away.
    check_base(disk.storage().crash(end - random.below((end - begin) / 4 + 1), random), 1, 2);
  }
  must(disk.write(3));
  check_base(disk.storage().crash(disk.op_count(), random), kept ? 2 : 1, 2);
  must(disk.keep_base());
  EXPECT_EQ(disk.based(), 3U);
  check_base(disk.storage().crash(disk.op_count(), random), 3, 3);
  return left == 0;
}

TEST(BaseCrashTest, AfterAFailureTheFormerBaseStandsAndTheNextAttemptSucceeds) {
  for (const auto kind : {Kind::kSync, Kind::kWrite, Kind::kLink, Kind::kRename,
                          Kind::kSyncDirectory, Kind::kUnlink}) {
    bool happened = true;
    for (int n = 1; happened && !HasFailure(); n += 1 + n / 4) {
      SCOPED_TRACE(fmt::format("operation kind {}, the {}th", static_cast<int>(kind), n));
      happened = fail_nth(kind, ErrorKind::kExhausted, n);
    }
  }
}

TEST(BaseCrashTest, WithoutHardLinksTheTablesAreCopied) {
  StateOnModel disk;
  must(disk.open());
  must(disk.write(1));
  std::set<std::string> refused;  // The first name is that of a link; the second makes a file.
  disk.storage().before_op([&](const DiskOp& op) -> std::optional<Error> {
    const bool table = op.kind == Kind::kLink && op.path.ends_with(".sst");
    if (!table || !refused.insert(op.path).second) {
      return std::nullopt;
    }
    return Error{.kind = ErrorKind::kUnavailable, .message = "no links here"};
  });
  must(disk.keep_base());
  disk.storage().before_op({});
  EXPECT_EQ(refused.size(), 3U);
  StateOnModel restored(disk.without_state());
  must(restored.open());
  restored.expect(1);
}

}  // namespace
}  // namespace hapax
