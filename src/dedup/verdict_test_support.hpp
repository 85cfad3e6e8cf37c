// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dedup/verdict_reader.hpp"
#include "testing/memory_verdicts.hpp"

namespace hapax {

/// "u" unique, "d" duplicate, "c" conflict, "r" restamped, "x" rejected, "k" control record.
inline std::vector<Verdict> verdicts_of(std::string_view text) {
  std::vector<Verdict> verdicts;
  for (const char letter : text) {
    verdicts.push_back(static_cast<Verdict>(std::string_view("udcrxk").find(letter)));
  }
  return verdicts;
}

inline std::string text_of(const std::vector<Verdict>& verdicts) {
  std::string text;
  for (const Verdict verdict : verdicts) {
    text.push_back("udcrxk"[static_cast<std::size_t>(verdict)]);
  }
  return text;
}

/// A verdict log that is written as a processor writes it: the log's digest at an offset is made of
/// the offset.
struct VerdictLife : MemoryVerdicts {
  using MemoryVerdicts::MemoryVerdicts;

  static PartitionStart place(std::uint64_t offset) {
    return {.offset = Offset(offset), .digest = Digest(offset * 7, offset * 13)};
  }
  /// What the processor decides of the next records of each partition.
  void decide(const std::vector<std::string>& by_partition) {
    const std::vector<Offset> ends = log->ends();
    for (std::uint32_t i = 0; i < ends.size(); ++i) {
      log->add(PartitionId(i), {ends[i], verdicts_of(by_partition[i])});
    }
  }
  FrozenVerdicts freeze(std::uint64_t log_start = 0) const {
    std::vector<PartitionStart> at;
    for (const Offset end : log->ends()) {
      at.push_back(place(end.value()));
    }
    return log->freeze(at, std::vector<Offset>(at.size(), Offset(log_start)));
  }
  Result<void> save(std::uint64_t log_start = 0) { return log->save(freeze(log_start)); }
  void begin_anew(std::uint64_t offset, const std::string& reason = "a test") {
    log->begin_anew(std::vector<PartitionStart>(settings.partition_count, place(offset)), reason);
  }

  /// All of a partition from there on, "." for each that is missing.
  std::string read(std::uint32_t partition, std::uint64_t from = 0) const {
    VerdictReader reader(*log);
    std::string text;
    for (;;) {
      const auto found = reader.read(PartitionId(partition), Offset(from + text.size())).value();
      if (!found) {
        return text;
      }
      text.append(found->run.base.value() - from - text.size(), '.');
      text.append(text_of(found->run.verdicts));
    }
  }
  std::vector<std::string> files() { return disk.list(settings.directory).value(); }
  std::string path(const std::string& name) const { return settings.directory + "/" + name; }
};

}  // namespace hapax
