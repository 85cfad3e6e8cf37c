// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "adapters/local_log/settings.hpp"
#include "adapters/local_log/verify.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Records that a repair did not find.
struct LostRange {
  PartitionId partition;
  Offset first;  ///< By the numbers of the damaged log.
  std::uint64_t count = 0;

  friend bool operator==(const LostRange&, const LostRange&) = default;
};

struct RepairReport {
  std::map<std::uint32_t, std::uint64_t> kept;  ///< Records, by partition.
  std::vector<LostRange> lost;
  /// Some records have other offsets than before: there were two with the same, or a control record
  /// was lost and is said again. Checkpoints of such a log mean nothing any more, and it gets an id
  /// of its own, so that receipts of the former one are refused.
  bool renumbered = false;
  /// The log is of version 1, which had no key: its digests are made anew, from the first retained
  /// record on.
  bool rekeyed = false;
  std::vector<Error> problems;
};

enum class RepairMode {
  kPlan,   ///< Only finds out what it would do.
  kWrite,  ///< Writes the new log.
};

/// Copies every record that can be read of the log in `settings.directory`, of any format version,
/// into a new log in repaired_directory() of it; what an earlier attempt left there is removed. The
/// damaged log is only read; no server may run on it.
/// A record keeps its offset: one of kind kLostKind stands for each that is lost, and the digests
/// go on as if it were there. Only behind two records of the same offset, and behind a control
/// record that has to be said again, offsets are others. It has as many partitions as the damaged
/// one; `settings` say it where no header can be read. Errors: kInvalid, there is no log, or it has
/// another key than `settings`; those of the disk.
Result<RepairReport> repair_log(const LocalLogSettings& settings, RepairMode mode,
                                const IdHash& id_hash, Storage& storage, Random& random);

std::string repaired_directory(const std::string& directory);

/// Gives the repaired log its place and the damaged one another name, which it returns. When it is
/// interrupted, the log has no folder until it is called again.
Result<std::string> put_repaired_in_place(const std::string& directory, Storage& storage);

}  // namespace hapax
