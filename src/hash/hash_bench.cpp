// SPDX-License-Identifier: Apache-2.0
// ns per hash of an id and of an identity with the secret key, and of as many bytes without one.
#include <benchmark/benchmark.h>

#include <string>

#include "hash/hash.hpp"
#include "hash/id_hasher.hpp"

namespace hapax {
namespace {

const std::string kSource = "web";
const std::string kMessageId = "3f9c0d77-aa01-4c1e-9d2b-6b1f0e5a7c44";
const std::string kIdentity = "user-0123456";

void event_id(benchmark::State& state) {
  const IdHasher ids;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ids.event_id(kSource, kMessageId));
  }
}
BENCHMARK(event_id);

void identity(benchmark::State& state) {
  const IdHasher ids;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ids.identity(kIdentity));
  }
}
BENCHMARK(identity);

void without_a_key(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash64(kMessageId, 0));
  }
}
BENCHMARK(without_a_key);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
