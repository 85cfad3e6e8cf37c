// SPDX-License-Identifier: Apache-2.0
// What verdicts cost an event: noted, handed over once a step, frozen and saved once a checkpoint.
// One event in a hundred is a duplicate. What was saved is read again and compared.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_random.hpp"
#include "dedup/verdict_reader.hpp"

namespace hapax {
namespace {

constexpr std::size_t kStepEvents = 700;  // About poll_bytes_max of them.
constexpr std::size_t kStepsPerCheckpoint = 560;

Verdict verdict_of(std::size_t number) {
  return number % 100 == 99 ? Verdict::kDuplicate : Verdict::kUnique;
}

bool is_right(VerdictLog& log, std::size_t count) {
  VerdictReader reader(log);
  std::size_t at = 0;
  while (const auto found = reader.read(PartitionId(0), Offset(at)).value()) {
    for (const Verdict verdict : found->run.verdicts) {
      if (verdict != verdict_of(at++)) {
        return false;
      }
    }
  }
  return at == count;
}

void verdicts_of_a_checkpoint(benchmark::State& state) {
  char folder[] = "/tmp/hapax_verdict_bench_XXXXXX";
  const std::string path = mkdtemp(folder);
  PosixStorage storage;
  SystemRandom random;
  const auto log = VerdictLog::open({.directory = path}, storage, random).value();
  std::size_t at = 0;
  VerdictRun decided;
  for (auto _ : state) {
    for (std::size_t step = 0; step < kStepsPerCheckpoint; ++step) {
      decided.base = Offset(at);
      decided.verdicts.clear();
      for (std::size_t i = 0; i < kStepEvents; ++i) {
        decided.verdicts.push_back(verdict_of(at++));
      }
      log->add(PartitionId(0), decided);
    }
    const std::vector<PartitionStart> here{{.offset = Offset(at), .digest = {}}};
    if (!log->save(log->freeze(here, {Offset(0)}))) {
      state.SkipWithError("cannot save");
    }
  }
  if (!is_right(*log, at)) {
    state.SkipWithError("other verdicts");
  }
  state.counters["bits_per_event"] =
      8 * static_cast<double>(log->stats().disk_bytes) / static_cast<double>(at);
  state.counters["cpu_per_event"] = benchmark::Counter(
      static_cast<double>(at), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  std::filesystem::remove_all(path);
}
BENCHMARK(verdicts_of_a_checkpoint)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
