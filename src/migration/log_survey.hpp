// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/log_source.hpp"
#include "record/clock_state.hpp"
#include "record/event.hpp"

namespace hapax {

/// The next batches of a log, oldest first; nothing: there are no more. Views are valid until the
/// next call.
using NextBatches = std::function<Result<std::optional<std::span<const LogBatch>>>()>;

/// Where a log begins.
struct LogBeginning {
  std::vector<PartitionStart> starts;      ///< By partition.
  std::vector<std::string> controls = {};  ///< Control records that are in force there.
};

/// Calls `each` with every record of `batch` that is one of the log's own or an event, dead letters
/// too, and with its bytes, in their order. Errors: kCorrupt, it cannot be read; those of `each`,
/// and then no more are given.
Result<void> for_each_record(
    const LogBatch& batch,
    const std::function<Result<void>(const EventView& event, std::string_view record)>& each);

/// What a log holds.
struct LogSurvey {
  std::uint64_t events = 0;       ///< Dead letters, too.
  std::uint64_t bytes = 0;        ///< Of their records.
  std::vector<Offset> ends = {};  ///< By partition.
  std::uint64_t before = 0;       ///< Records that were deleted from its beginning.
  std::uint64_t lost = 0;         ///< Records for which a repair has left placeholders.
  /// From then on all is there that was received: the first event of some partition came then.
  /// Nothing: there are no events.
  std::optional<ProcessingTime> whole_from = {};
  /// Of doubts of the server's clock.
  std::vector<ClockCorrection> corrections = {};

  /// As it would have been stored had nobody ever doubted the clock: by what the doubts came to.
  void decide(EventView& event) const;
};

/// Reads all of it once, so that what is wrong with it is known before any of it goes elsewhere.
/// Errors: kInvalid, a record is longer than `record_bytes_max`, or the server's clock is in doubt;
/// those of `next` and of for_each_record().
Result<LogSurvey> survey_log(const NextBatches& next, const LogBeginning& beginning,
                             std::size_t record_bytes_max);

}  // namespace hapax
