// SPDX-License-Identifier: Apache-2.0
// What it costs to read the one row of a key among a million: by the key's stem in a table that has
// stems, and by a range in one that has none. Every row that is read is checked.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

constexpr std::uint64_t kKeys = 1'000'000;
constexpr std::uint64_t kWrites = 16;       // As by checkpoints.
constexpr std::uint64_t kRewrittenIn = 16;  // One key in so many is written again by each of them.
constexpr std::uint64_t kMegabyte = 1U << 20U;
constexpr std::array<const char*, 2> kTables = {"rows", "view.v.keys"};  // Without and with stems.

std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ number >> 31U) * 0x7FB5'D329'728E'A185;
  return number ^ number >> 27U;
}

std::string stem_of(std::uint64_t key) {
  return fmt::format("\x01user-{:016x}", mixed(key));
}

std::string row_of(std::uint64_t key) {
  return stem_of(key) + fmt::format("{:08}", key % 100'000'000);
}

std::string value_of(std::uint64_t key) {
  return fmt::format("{:080}", key);
}

bool is_written(std::uint64_t key, std::uint64_t write) {
  return key % kWrites == write || mixed(key * kWrites + write) % kRewrittenIn == 0;
}

StateWrite write_number(std::uint64_t write) {
  std::map<std::string, std::uint64_t> rows;
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    if (is_written(key, write)) {
      rows.emplace(row_of(key), key);
    }
  }
  StateWrite made{.manifest = "m"};
  for (const char* name : kTables) {
    StateWrite::Table& table = made.tables.emplace_back(StateWrite::Table{.name = name});
    for (const auto& [row, key] : rows) {
      table.changes.put(row, value_of(key));
    }
  }
  return made;
}

/// Waits until RocksDB has merged what it merges.
void settle(const RocksdbStateStore& store) {
  for (std::uint64_t before = 0, now = 1; before != now;) {
    before = store.stats().disk_bytes;
    std::this_thread::sleep_for(std::chrono::seconds(2));
    now = store.stats().disk_bytes;
  }
}

const std::string& filled_folder() {
  static const TemporaryDirectory folder;
  static const bool filled = [] {
    const auto store = RocksdbStateStore::open(folder.path(), {}).value();
    for (std::uint64_t write = 0; write < kWrites; ++write) {
      store->owner("o").write(write_number(write)).value();
    }
    settle(*store);
    return true;
  }();
  benchmark::DoNotOptimize(filled);
  return folder.path();
}

std::size_t rows_of(StateStore& store, std::size_t table, std::uint64_t key) {
  std::size_t rows = 0;
  const auto count = [&](std::string_view row, std::string_view value) {
    rows += row == row_of(key) && value == value_of(key) ? 1 : 2;
    return true;
  };
  const std::string stem = stem_of(key);
  const auto read =
      table == 1
          ? store.scan_stem(kTables[table], stem + std::string(kBehindStemBytes, '\0'), count)
          : store.scan(kTables[table], stem, stem + std::string(9, '\xFF'), count);
  return read ? rows : 2;
}

/// Arguments: has the table stems, are the keys stored, megabytes of the cache.
void load_of_a_key(benchmark::State& state) {
  const auto table = static_cast<std::size_t>(state.range(0));
  const bool stored = state.range(1) == 1;
  const auto store =
      RocksdbStateStore::open(
          filled_folder(),
          {.cache_bytes_limit = static_cast<std::size_t>(state.range(2)) * kMegabyte})
          .value();
  StateStore& owner = store->owner("o");
  std::uint64_t at = 0;
  const auto next = [&] { return mixed(++at) % kKeys + (stored ? 0 : kKeys); };
  for (int i = 0; i < (table == 1 ? 100'000 : 1'000);
       ++i) {  // As in a server that has run for a while.
    rows_of(owner, table, next());
  }
  for (auto _ : state) {
    if (rows_of(owner, table, next()) != (stored ? 1U : 0U)) {
      state.SkipWithError("wrong rows");
    }
  }
  state.counters["cache_mb"] = static_cast<double>(store->stats().cache_bytes) / kMegabyte;
}
BENCHMARK(load_of_a_key)
    ->ArgNames({"stems", "stored", "cache_mb"})
    ->ArgsProduct({{0, 1}, {0, 1}, {32, 64, 128}});

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
