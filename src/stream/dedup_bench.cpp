// SPDX-License-Identifier: Apache-2.0
// ns per absent id with 1, 3 and 8 live buckets, 4 M ids a bucket, so that filters leave the
// caches; what a bucket of many runs costs; and what a checkpoint pays to sort its ids.
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>

#include "hash/mix64.hpp"
#include "stream/dedup_index.hpp"
#include "stream/sort_ids.hpp"
#include "testing/memory_state_store.hpp"

namespace hapax {
namespace {

const TimeSpan kSpan = span_of({}, std::chrono::hours(24 * 7));

constexpr std::uint64_t kBucketIds = 1U << 22U;
constexpr std::size_t kAhead = 16;

// Distinct for distinct numbers, and never near for small ones.
std::uint64_t mix(std::uint64_t number) {
  return mix64(number + 0x9E3779B97F4A7C15);
}

SeenId seen(std::uint64_t number) {
  return {.id = {.low = mix(number), .high = mix(~number)}, .content = number};
}

/// Holds nothing, as for ids that were never stored.
class EmptyStore : public MemoryStateStore {
  Result<std::optional<std::string>> find(std::string_view, std::string_view) override {
    return std::optional<std::string>();
  }
};

void absent_ids(benchmark::State& state) {
  const auto buckets = static_cast<std::uint64_t>(state.range(0));
  EmptyStore store;
  DedupIndex index(
      {.ids_limit = 1U << 30U, .bucket_ids_min = kBucketIds, .bucket_ids_max = kBucketIds}, store);
  std::uint64_t next = 0;
  constexpr std::uint64_t kFreezeEvery = 393'216;
  const auto add_one = [&] {
    index.prefetch(seen(next + kAhead).id);
    const bool first = index.add(seen(next), kSpan, ProcessingTime::min()).value() == Seen::kFirst;
    if (++next % kFreezeEvery == 0) {
      index.freeze();
      index.commit();
    }
    return first;
  };
  while (next < (buckets - 1) * kBucketIds + kBucketIds / 4) {
    add_one();
  }
  // The rest of the last bucket, so that the number of buckets stays.
  for (auto _ : state) {
    if (!add_one()) {
      state.SkipWithError("an absent id was found");
    }
  }
  const DedupStats stats = index.stats();
  state.counters["buckets"] = static_cast<double>(stats.buckets);
  state.counters["false_positives_per_1000"] =
      1'000 * static_cast<double>(stats.false_positives) / static_cast<double>(next);
}
BENCHMARK(absent_ids)->Arg(1)->Arg(3)->Arg(8)->Iterations(3 << 20)->UseRealTime();

/// ns per id that the filter of its bucket claims, to ask the filters of as many runs of 262,144
/// ids each: a retry of what is stored in a bucket that is not merged yet pays that, besides a
/// look-up.
void ids_of_many_runs(benchmark::State& state) {
  constexpr std::uint64_t kRunIds = 1U << 18U;
  EmptyStore store;
  IdRuns runs;
  std::uint64_t next = 0;
  for (std::int64_t run = 0; run < state.range(0); ++run) {
    runs.runs.push_back(make_run(runs.next_run++, kRunIds));
    for (std::uint64_t i = 0; i < kRunIds; ++i) {
      runs.runs.back().filter->add(seen(next++).id);
    }
  }
  for (auto _ : state) {
    if (find_id(store, BucketId(0), runs, seen(next++).id).value()) {
      state.SkipWithError("an absent id was found");
    }
  }
}
BENCHMARK(ids_of_many_runs)->Arg(64)->Arg(256)->Arg(1'024)->UseRealTime();

/// ns per id that a checkpoint brings into the order of the store; as much as one holds at most.
void sorting_ids(benchmark::State& state) {
  const auto table = std::make_shared<DedupShard::Table>(1);
  for (std::uint64_t number = 0; number < 393'216; ++number) {
    table->insert({seen(number)});
  }
  const std::array<std::shared_ptr<const DedupShard::Table>, 1> tables{table};
  for (auto _ : state) {
    benchmark::DoNotOptimize(sorted_ids(tables));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * table->size()));
}
BENCHMARK(sorting_ids)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
