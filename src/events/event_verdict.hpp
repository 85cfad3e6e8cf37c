// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "dedup/verdict_reader.hpp"
#include "record/event.hpp"

namespace hapax {

/// What became of a record, as it is shown.
enum class EventVerdict : std::uint8_t {
  kPending,  ///< Not decided yet.
  kFirst,
  kDuplicate,
  kConflict,
  kRestamped,
  kRejected,
  kUnknown,  ///< It was decided, and what is not stored: of an older version, or damaged.
};

/// "first".
std::string_view verdict_name(EventVerdict verdict);
std::optional<EventVerdict> parse_verdict(std::string_view name);
/// Whether it came under the id of another record.
bool is_copy(EventVerdict verdict);

/// A record's place.
struct EventAddress {
  PartitionId partition;
  Offset offset;

  friend auto operator<=>(const EventAddress&, const EventAddress&) = default;
};

/// Looks verdicts up, best in the order of offsets. Keeps the last run of each partition.
/// Threading: one owner. Lifetime: `log` must outlive it.
class EventVerdicts {
 public:
  explicit EventVerdicts(VerdictLog& log) : reader_(log) {}

  /// Errors: those of the disk.
  Result<EventVerdict> of(const EventAddress& at, const EventView& event);

 private:
  VerdictReader reader_;
  std::vector<VerdictRun> runs_;  ///< By partition.
};

}  // namespace hapax
