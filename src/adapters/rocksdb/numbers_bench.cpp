// SPDX-License-Identifier: Apache-2.0
// What following numbers costs: ns a numbered event of devices that are hot, of devices in the
// store and of new ones, and the bytes of a device on disk, of a million of them.
// build/release/src/adapters/rocksdb/numbers_bench
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "hash/mix64.hpp"
#include "numbers/numbered_devices.hpp"
#include "record/event_wire.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

constexpr std::uint64_t kDevices = 1'000'000;

/// An event of device `device` with its number, as records hold it: ids as an SDK makes them.
class Events {
 public:
  const EventView& event(std::uint64_t device, std::uint64_t number) {
    // No two begin alike, as random ids do not: 36 bytes, and 22 of the epoch.
    device_ = "00000000-e2c1-44a7-9d02-000000000000";
    epoch_ = "AAAAAAAAgcICQoLDA0ODwA";
    for (std::size_t i = 0; i < 8; ++i) {
      device_[i] = "0123456789abcdef"[mix64(device) >> (4 * i) & 15U];
      epoch_[i] = "0123456789abcdef"[mix64(device + 1) >> (4 * i) & 15U];
    }
    numbering_ = encode_numbering({.epoch = epoch_, .made = number});
    event_.source = "web";
    event_.anonymous_id = device_;
    event_.sequence = number;
    event_.numbering = numbering_;
    event_.received_at = ProcessingTime(std::chrono::hours(24 * 20'784));
    return event_;
  }

 private:
  std::string device_;
  std::string epoch_;
  std::string numbering_;
  EventView event_;
};

class World {
 public:
  explicit World(std::uint64_t memory_bytes_max)
      : store_(RocksdbStateStore::open(directory_.path() + "/state", {}).value()),
        devices_(store_->owner("o"), {.memory_bytes_max = memory_bytes_max}, 7) {}

  void add(const EventView& event) {
    if (!devices_.add(event)) {
      std::abort();
    }
    if (devices_.is_full() && devices_.make_room(64) == 0) {
      checkpoint();
    }
  }
  void checkpoint() {
    const FrozenNumbers frozen = devices_.freeze();
    StateWrite write;
    ByteWriter out(write.manifest);
    devices_.encode(out);
    if (!frozen.add_to(write) || !store_->owner("o").write(write)) {
      std::abort();
    }
    devices_.commit();
  }
  std::uint64_t disk_bytes() const { return store_->owner("o").stats().disk_bytes; }
  NumberedDevices& devices() { return devices_; }
  std::uint64_t known() const {
    return devices_.report({}).sources.at(0).sums[GapFigure::kDevices];
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<RocksdbStateStore> store_;
  NumberedDevices devices_;
};

void require(benchmark::State& state, bool condition) {
  if (!condition) {
    state.SkipWithError("the figures are wrong");
  }
}

/// Batches of ten events of a device, of so many devices in turn, all of them in memory. What
/// making the event itself costs is measured apart: subtract it.
void hot(benchmark::State& state) {
  const auto devices = static_cast<std::uint64_t>(state.range(0));
  World world(std::uint64_t{4} << 30U);
  Events events;
  for (std::uint64_t device = 0; device < devices; ++device) {
    world.add(events.event(device, 1));
  }
  std::uint64_t at = 0;
  for (auto _ : state) {
    world.add(events.event(at / 10 % devices, 2 + at / 10 / devices * 10 + at % 10));
    ++at;
  }
  require(state, world.known() == devices);
}
// Devices go to kNumberMax.
BENCHMARK(hot)->Arg(1'000)->Iterations(8'000'000);
BENCHMARK(hot)->Arg(100'000);

void making_the_event(benchmark::State& state) {
  Events events;
  std::uint64_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(events.event(at / 10 % 1'000, at + 1).sequence);
    ++at;
  }
}
BENCHMARK(making_the_event);

/// A million devices that come with one event, by 64 MiB of memory, checkpoints included; then what
/// they take on disk, and what an event of any of them costs, nearly all of which are in the store.
void million(benchmark::State& state) {
  World world(std::uint64_t{64} << 20U);
  Events events;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t device = 0; device < kDevices; ++device) {
    world.add(events.event(device, 1));
  }
  world.checkpoint();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  state.counters["ns_a_new_device"] = took.count() / kDevices;
  state.counters["disk_bytes_a_device"] = static_cast<double>(world.disk_bytes()) / kDevices;
  state.counters["memory_bytes"] = static_cast<double>(world.devices().memory_bytes());
  std::uint64_t at = 0;
  for (auto _ : state) {
    world.add(events.event(at++ * 7'919 % kDevices, 2));
  }
  require(state, world.known() == kDevices);
}
BENCHMARK(million)->Iterations(500'000);

/// An event of a device of which every other number came, and which is in the store alone.
void cold_with_the_most_ranges(benchmark::State& state) {
  World world(1);  // Nothing that is stored stays in memory.
  Events events;
  for (std::uint64_t number = 2; number <= kNumberMax; number += 2) {
    require(state, world.devices().add(events.event(1, number)).has_value());
  }
  world.checkpoint();
  for (auto _ : state) {
    state.PauseTiming();
    while (world.devices().make_room(64) > 0) {
    }
    require(state, world.devices().hot_devices() == 0);
    state.ResumeTiming();
    require(state, world.devices().add(events.event(1, 2)).has_value());
  }
}
BENCHMARK(cold_with_the_most_ranges)->Iterations(20'000);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
