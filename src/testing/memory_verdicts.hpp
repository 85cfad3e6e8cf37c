// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dedup/verdict_log.hpp"
#include "dedup/verdict_reader.hpp"
#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

/// All of a partition, from offset 0 on.
inline std::vector<Verdict> verdicts_of(VerdictLog& log, std::uint32_t partition) {
  VerdictReader reader(log);
  std::vector<Verdict> verdicts;
  for (;;) {
    const auto found = reader.read(PartitionId(partition), Offset(verdicts.size())).value();
    if (!found) {
      return verdicts;
    }
    verdicts.insert(verdicts.end(), found->run.verdicts.begin(), found->run.verdicts.end());
  }
}

/// A verdict log on a disk in memory.
struct MemoryVerdicts {
  explicit MemoryVerdicts(std::uint32_t partitions, std::uint64_t key_id = 0)
      : settings{.directory = "verdicts", .partition_count = partitions, .key_id = key_id} {
    open();
  }

  /// A crash of the process, when a log is there: what is in memory only is gone.
  void open() {
    log.reset();
    log = VerdictLog::open(settings, disk, random).value();
  }
  /// What `image` holds of a folder of that name takes the place of what is there, for the next
  /// open().
  void put_back(const DiskImage& image) {
    log.reset();
    remove_files();
    for (const auto& [name, inode] : image.names) {
      disk.set_content(name, image.contents.at(inode));
    }
  }
  /// The folder is removed while nothing runs.
  void lose() {
    log.reset();
    remove_files();
    open();
  }
  void remove_files() {
    const std::vector<std::string> names = disk.list(settings.directory).value();
    for (const std::string& name : names) {
      disk.unlink(settings.directory + "/" + name).permit_unchecked_error();
    }
  }

  VerdictLogSettings settings;
  CrashStorage disk;
  SeededRandom random{1};
  std::unique_ptr<VerdictLog> log;
};

}  // namespace hapax
