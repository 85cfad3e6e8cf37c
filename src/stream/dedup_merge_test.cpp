// SPDX-License-Identifier: Apache-2.0
// Merging runs of ids changes no answer, whatever happens meanwhile (reliability row 12b).
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "stream/dedup_index.hpp"
#include "stream/id_bytes.hpp"
#include "testing/memory_state_store.hpp"

namespace hapax {
namespace {

using std::chrono::hours;

constexpr std::uint64_t kContent = SeenId::pack(7, 0);
constexpr std::uint64_t kOtherContent = SeenId::pack(8, 0);
constexpr Microseconds kWindow = hours(24);

SeenId seen(std::uint64_t number, std::uint64_t content = kContent) {
  std::mt19937_64 spread(number);
  const std::uint64_t low = spread();
  return {.id = {.low = low, .high = spread()}, .content = content};
}

/// Counts finds, and calls `after_find` after the one of that number, once.
class InterruptedStore : public MemoryStateStore {
 public:
  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    ++finds;
    auto found = MemoryStateStore::find(table, key);
    if (after_find && finds_left-- == 0) {
      std::exchange(after_find, nullptr)();
    }
    return found;
  }
  int finds = 0;
  int finds_left = 0;
  std::function<void()> after_find;
};

/// An index with a store, whose checkpoints are made step by step.
struct SteppedIndex {
  explicit SteppedIndex(DedupSettings settings) : settings(settings) { start(); }

  void start() { index.emplace(settings, store); }

  Seen add(std::uint64_t number, std::uint64_t content = kContent, Microseconds now = hours(1)) {
    return index
        ->add(seen(number, content), span_of(ProcessingTime(now), kWindow), ForgetFloor().value())
        .value();
  }

  void freeze() {
    frozen = index->freeze();
    std::string buckets;
    std::string runs;
    ByteWriter to_buckets(buckets);
    ByteWriter to_runs(runs);
    index->encode(to_buckets);
    index->encode_runs(to_runs);
    manifest.clear();
    ByteWriter out(manifest);
    out.put_string(buckets);
    out.put_string(runs);
  }
  StateWrite write_of_frozen() {
    StateWrite write{.manifest = manifest};
    EXPECT_TRUE(frozen->add_to(write, store));
    return write;
  }
  Result<void> write() { return store.write(write_of_frozen()); }
  void commit() {
    index->commit();
    frozen.reset();
  }
  void checkpoint() {
    freeze();
    ASSERT_TRUE(write());
    commit();
  }
  /// From the manifest that the store has.
  void restart() {
    start();
    frozen.reset();
    const std::string stored = store.manifest().value().value();
    ByteReader in(stored);
    const std::string of_buckets = in.string();
    const std::string of_runs = in.string();
    ByteReader buckets(of_buckets);
    ByteReader runs(of_runs);
    ASSERT_TRUE(index->restore(buckets, &runs));
    EXPECT_TRUE(in.at_end() && buckets.at_end() && runs.at_end());
  }
  bool is_merging() const { return frozen && !frozen->merges.empty(); }
  const IdMerge& merge() const { return frozen->merges.front(); }

  DedupSettings settings;
  InterruptedStore store;
  std::string manifest;
  std::optional<FrozenIds> frozen;
  std::optional<DedupIndex> index;
};

constexpr DedupSettings kSmall{
    .ids_limit = 100'000, .bucket_ids_min = 64, .bucket_ids_max = 512, .merged_ids = 40};

/// Until the next checkpoint merges what `wanted` says; returns how many ids there are.
std::uint64_t add_until_frozen(SteppedIndex& index, std::uint64_t a_checkpoint,
                               const std::function<bool(const IdMerge&)>& wanted) {
  std::uint64_t next = 0;
  for (int i = 0; i < 1'000; ++i) {
    for (const std::uint64_t end = next + a_checkpoint; next < end; ++next) {
      EXPECT_EQ(index.add(next), Seen::kFirst);
    }
    index.freeze();
    if (index.is_merging() && wanted(index.merge())) {
      return next;
    }
    EXPECT_TRUE(index.write());
    index.commit();
  }
  ADD_FAILURE() << "it never merged";
  return next;
}

bool is_tail(const IdMerge& merge) {
  return !merge.slices;
}
bool is_first_slice(const IdMerge& merge) {
  return merge.slices && merge.slices->first == 0 && !merge.slices->is_rest();
}
bool is_last_slice(const IdMerge& merge) {
  return merge.slices && merge.slices->is_rest();
}

struct Kind {
  const char* name;
  std::uint64_t ids_a_checkpoint;
  bool (*wanted)(const IdMerge&);
};
void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

class DedupMergeTest : public testing::TestWithParam<Kind> {
 protected:
  void expect_all_known() {
    for (std::uint64_t number = 0; number < ids_; ++number) {
      ASSERT_EQ(index_.add(number), Seen::kDuplicate) << number;
    }
  }
  SteppedIndex index_{kSmall};
  const std::uint64_t ids_ =
      add_until_frozen(index_, GetParam().ids_a_checkpoint, GetParam().wanted);
};

TEST_P(DedupMergeTest, EachIdIsFoundBeforeAndAfterTheWriteAndTheCommit) {
  expect_all_known();
  ASSERT_TRUE(index_.write());
  expect_all_known();
  index_.commit();
  expect_all_known();
  index_.restart();
  expect_all_known();
}

// Of each id, whichever of its reads the write comes behind.
TEST_P(DedupMergeTest, EachIdIsFoundWhileTheWriteHappens) {
  const MemoryStateStore before = index_.store;
  const StateWrite write = index_.write_of_frozen();
  int writes = 0;
  for (std::uint64_t number = 0; number < ids_; ++number) {
    for (bool interrupted = true; interrupted; ++index_.store.finds_left) {
      static_cast<MemoryStateStore&>(index_.store) = before;
      const int after = index_.store.finds_left;
      index_.store.after_find = [&] { ASSERT_TRUE(index_.store.write(write)); };
      ASSERT_EQ(index_.add(number), Seen::kDuplicate) << number << " after " << after;
      interrupted = !index_.store.after_find;
      writes += interrupted ? 1 : 0;
      index_.store.finds_left = after;
    }
    index_.store.finds_left = 0;
  }
  EXPECT_GT(writes, 0);
}

TEST_P(DedupMergeTest, AWriteThatIsTriedAgainIsTheSame) {
  const auto bytes_of = [](const StateWrite& write) {
    std::string bytes(write.manifest);
    for (const StateWrite::Table& table : write.tables) {
      bytes.append(table.name).append(table.dropped ? "-" : "+");
      for (const StateWrite::Range& range : table.erased) {
        bytes.append(range.from).append(range.to);
      }
      table.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
        bytes.append(key).append(value.value_or("-"));
        return true;
      });
    }
    return bytes;
  };
  const std::string first = bytes_of(index_.write_of_frozen());
  index_.store.fail_writes(Error{ErrorKind::kExhausted, "disk full"});
  EXPECT_FALSE(index_.write());
  expect_all_known();
  index_.store.fail_writes(std::nullopt);
  EXPECT_EQ(bytes_of(index_.write_of_frozen()), first);
  index_.store.lose_answers(Error{ErrorKind::kUnavailable, "lost"});
  EXPECT_FALSE(index_.write());
  expect_all_known();
  index_.restart();
  expect_all_known();
}

TEST_P(DedupMergeTest, ARestartBeforeTheWriteMergesAnew) {
  index_.restart();
  index_.freeze();
  EXPECT_TRUE(index_.is_merging());
  ASSERT_TRUE(index_.write());
  index_.commit();
  const std::uint64_t stored = index_.index->stats().ids;
  std::uint64_t known = 0;
  for (std::uint64_t number = 0; number < ids_; ++number) {
    known += index_.add(number) == Seen::kDuplicate ? 1 : 0;
  }
  EXPECT_EQ(known, stored);
}

INSTANTIATE_TEST_SUITE_P(Kinds, DedupMergeTest,
                         testing::Values(Kind{"tail", 2, is_tail},
                                         Kind{"first_slice", 30, is_first_slice},
                                         Kind{"last_slice", 30, is_last_slice}),
                         testing::PrintToStringParamName());

TEST(DedupRunsTest, AFullBucketEndsAsOneRunAndItsRunsGo) {
  SteppedIndex index(kSmall);
  for (std::uint64_t number = 0; number < 64; ++number) {
    index.add(number);
    if (number % 8 == 0) {
      index.checkpoint();
    }
  }
  for (int i = 0; i < 4; ++i) {
    index.checkpoint();
  }
  EXPECT_TRUE(index.store.table(runs_table(BucketId(0))).empty());
  EXPECT_EQ(index.store.table(ids_table(BucketId(0))).size(), SlicePlan(0).count() + 1U);
}

// A server that has little to do makes a checkpoint of a few ids every some seconds.
TEST(DedupRunsTest, ManySmallRunsBecomeFew) {
  SteppedIndex index({.bucket_ids_min = 1U << 14U});
  for (std::uint64_t number = 0; number < 2'000; ++number) {
    index.add(number);
    index.checkpoint();
  }
  std::map<std::string, int> runs;
  for (const auto& [key, page] : index.store.table(runs_table(BucketId(0)))) {
    ++runs[key.substr(0, 4)];
  }
  EXPECT_LE(runs.size(), 16U);
}

// A retry of what is stored asks the filters of all runs of its bucket.
TEST(DedupRunsTest, ABucketHasFewRunsWhateverACheckpointBrings) {
  constexpr std::uint64_t kIds = 1U << 17U;
  constexpr std::uint64_t kTailIds = 1U << 10U;
  for (const std::uint64_t most : {1U, 7U, 63U, 66U, 70U, 130U, 200U, 255U, 256U, 257U, 340U}) {
    for (const bool all_alike : {true, false}) {
      std::mt19937_64 random(most);
      IdRuns runs;
      std::uint64_t ids = 0;
      std::uint64_t merged = 0;
      while (ids < kIds) {
        if (const auto merge = merge_tail(BucketId(0), runs, kTailIds)) {
          merged += merge->to.ids;
        }
        const std::uint64_t count = all_alike ? most : 1 + random() % most;
        runs.runs.push_back(make_run(runs.next_run++, count));
        ids += count;
        ASSERT_LE(runs.runs.size(), 4 * ids / kTailIds + 40) << most << " a checkpoint";
      }
      if (most >= kTailIds / 16) {
        EXPECT_LE(merged, 5 * ids / 2) << most << " a checkpoint";
      }
    }
  }
}

// Of an id that the filter of the bucket takes for one of its own: most runs stay where they are.
TEST(DedupRunsTest, WhileSomeRunsAreMergedAnIdIsNotLookedForInAllOfThem) {
  SteppedIndex index({.bucket_ids_min = 2'048, .tail_ids_max = 40});
  BloomFilter filter(2'048);
  std::uint64_t next = 0;
  const auto add_some = [&](std::uint64_t count) {
    for (const std::uint64_t end = next + count; next < end; ++next) {
      index.add(next);
      filter.add(seen(next).id);
    }
  };
  for (int run = 0; run < 30; ++run) {
    add_some(50);
    index.checkpoint();
  }
  for (add_some(2), index.freeze(); !index.is_merging(); index.freeze()) {
    ASSERT_TRUE(index.write());
    index.commit();
    add_some(2);
  }
  std::uint64_t other = next;
  while (!filter.maybe(seen(other).id)) {
    ++other;
  }
  index.store.finds = 0;
  EXPECT_EQ(index.add(other), Seen::kFirst);
  EXPECT_LE(index.store.finds, 3);
}

TEST(DedupRunsTest, MergingKeepsUpWithWhatComes) {
  SteppedIndex index({.bucket_ids_min = 1'024, .bucket_ids_max = 1'024, .merged_ids = 1});
  for (std::uint64_t number = 0; number < 100'000; ++number) {
    index.add(number);
    if (number % 400 == 399) {
      index.checkpoint();
    }
  }
  std::size_t unmerged = 0;
  for (const auto& [name, table] : index.store.tables()) {
    unmerged += name.starts_with("runs.") ? 1 : 0;
  }
  EXPECT_LE(unmerged, 3U);
}

TEST(DedupRunsTest, ARestartGoesOnWhereMergingWas) {
  SteppedIndex index(kSmall);
  add_until_frozen(index, 30, is_first_slice);
  const std::uint8_t merged = index.merge().slices->end;
  ASSERT_TRUE(index.write());
  index.restart();
  index.freeze();
  ASSERT_TRUE(index.is_merging());
  EXPECT_EQ(index.merge().slices->first, merged);
}

/// As if one slice, which has no ids, of `page_bits` were merged already: a bucket of many more
/// ids.
void say_that_merging_began(SteppedIndex& index, std::uint64_t ids, std::uint8_t page_bits) {
  ByteReader in(index.manifest);
  const std::string buckets = in.string();
  const std::string stored_runs = in.string();
  ByteReader of_runs(stored_runs);
  IdRuns runs = IdRuns::decode(of_runs, ids).value();
  ASSERT_TRUE(of_runs.at_end()) << "there is one bucket";
  runs.merged_slices = 1;
  runs.merged_page_bits = page_bits;
  std::string changed;
  ByteWriter to_runs(changed);
  runs.encode(to_runs);
  index.manifest.clear();
  ByteWriter out(index.manifest);
  out.put_string(buckets);
  out.put_string(changed);
  ASSERT_TRUE(index.store.write({.manifest = index.manifest}));
}

// Of more than 16 million ids, by its slices; it is merged on over many restarts.
TEST(DedupRunsTest, ABucketOfManySlicesIsMergedOnAfterARestart) {
  constexpr std::uint8_t kPageBits = 18;
  SteppedIndex index(kSmall);
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = 0; numbers.size() < 64; ++number) {
    if (SlicePlan(kPageBits).slice_of(seen(number).id) > 0) {
      index.add(number);
      numbers.push_back(number);
    }
    if (numbers.size() % 8 == 0 && index.index->hot_ids() > 0) {
      index.checkpoint();
    }
  }
  say_that_merging_began(index, numbers.size(), kPageBits);
  index.restart();
  int merges = 0;
  for (std::uint8_t merged = 1; merged < 32; ++merges) {
    for (const std::uint64_t number : numbers) {
      ASSERT_EQ(index.add(number), Seen::kDuplicate) << number;
    }
    index.freeze();
    ASSERT_TRUE(index.is_merging());
    ASSERT_EQ(index.merge().slices->first, merged);
    ASSERT_EQ(index.merge().slices->plan().count(), 32);
    merged = index.merge().slices->end;
    ASSERT_TRUE(index.write());
    index.restart();
  }
  EXPECT_GE(merges, 3);
  EXPECT_TRUE(index.store.table(runs_table(BucketId(0))).empty());
  for (const std::uint64_t number : numbers) {
    EXPECT_EQ(index.add(number), Seen::kDuplicate) << number;
  }
}

// Of an older state each id is a row. It is read as such, and ids to come are in runs.
TEST(DedupRunsTest, ABucketOfRowsIsReadUntilItExpires) {
  SteppedIndex index({.bucket_ids_min = 64, .bucket_ids_max = 64});
  std::map<std::string, std::string> rows;
  for (std::uint64_t number = 0; number < 20; ++number) {
    index.add(number);
    std::string key;
    std::string content;
    put_id(seen(number).id, key);
    put_big_endian(kContent, content);
    rows[key] = content;
  }
  index.freeze();
  StateWrite write{.manifest = index.manifest, .tables = {{.name = ids_table(BucketId(0))}}};
  for (const auto& [key, content] : rows) {
    write.tables[0].changes.put(key, content);
  }
  ASSERT_TRUE(index.store.write(write));
  index.start();
  ByteReader in(index.manifest);
  const std::string of_buckets = in.string();
  ByteReader buckets(of_buckets);
  ASSERT_TRUE(index.index->restore(buckets, nullptr));
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t number = 0; number < 20; ++number) {
      ASSERT_EQ(index.add(number), Seen::kDuplicate);
      ASSERT_EQ(index.add(number, kOtherContent), Seen::kConflict);
    }
    ASSERT_EQ(index.add(100 + static_cast<std::uint64_t>(round)), Seen::kFirst);
    index.checkpoint();
    index.restart();
  }
  EXPECT_EQ(index.store.table(ids_table(BucketId(0))).size(), 21U);  // With its filter.
  index.index->expire(ProcessingTime(hours(60)), ProcessingTime(hours(50)));
  index.checkpoint();
  EXPECT_TRUE(index.store.tables().empty());
}

/// What happened in a run against a map.
struct Happened {
  int tails = 0;
  int slices = 0;
  int last_slices = 0;
  int restarts_in_a_merge = 0;
  int failed_merges = 0;
  int repetitions_before_the_write = 0;
  int repetitions_before_the_commit = 0;
};

// With merges of both kinds, failed writes and restarts at every step of a checkpoint.
TEST(DedupRunsTest, AgreesWithAMapWhateverHappens) {
  std::mt19937_64 random(11);
  SteppedIndex index(kSmall);
  std::map<std::uint64_t, std::uint64_t> oracle;
  std::map<std::uint64_t, std::uint64_t> durable;
  std::uint64_t next = 0;
  Happened happened;
  const auto add_some = [&](std::uint64_t count, int& repetitions) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t number = random() % 4 == 0 ? next++ : random() % (next + 1);
      const std::uint64_t content = random() % 2 == 0 ? kContent : kOtherContent;
      const auto [first, inserted] = oracle.try_emplace(number, content);
      const Seen expected = inserted                   ? Seen::kFirst
                            : first->second == content ? Seen::kDuplicate
                                                       : Seen::kConflict;
      ASSERT_EQ(index.add(number, content), expected) << number;
      repetitions += inserted ? 0 : 1;
    }
  };
  int others = 0;
  for (int i = 0; i < 600 && !testing::Test::HasFatalFailure(); ++i) {
    const std::uint64_t count = i / 75 % 2 == 0 ? random() % 120 : random() % 6;
    add_some(count, others);
    index.freeze();
    const auto frozen = oracle;
    const bool merging = index.is_merging();
    if (merging) {
      happened.tails += is_tail(index.merge()) ? 1 : 0;
      happened.slices += index.merge().slices ? 1 : 0;
      happened.last_slices += is_last_slice(index.merge()) ? 1 : 0;
    }
    add_some(count, merging ? happened.repetitions_before_the_write : others);
    if (random() % 8 == 0) {
      index.store.fail_writes(Error{ErrorKind::kExhausted, "disk full"});
      ASSERT_FALSE(index.write());
      index.store.fail_writes(std::nullopt);
      happened.failed_merges += merging ? 1 : 0;
      add_some(count, others);
    }
    const bool crashes = random() % 8 == 0;
    const bool written = !crashes || random() % 2 == 0;
    if (written) {
      ASSERT_TRUE(index.write());
      durable = frozen;
      add_some(count, merging ? happened.repetitions_before_the_commit : others);
    }
    if (crashes && index.store.manifest().value()) {
      happened.restarts_in_a_merge += merging ? 1 : 0;
      index.restart();
      oracle = durable;
    } else {
      if (!written) {
        ASSERT_TRUE(index.write());
        durable = frozen;
      }
      index.commit();
    }
  }
  EXPECT_GT(happened.tails, 2);
  EXPECT_GT(happened.slices, 30);
  EXPECT_GT(happened.last_slices, 10);
  EXPECT_GT(happened.restarts_in_a_merge, 10);
  EXPECT_GT(happened.failed_merges, 10);
  EXPECT_GT(happened.repetitions_before_the_write, 100);
  EXPECT_GT(happened.repetitions_before_the_commit, 100);
}

}  // namespace
}  // namespace hapax
