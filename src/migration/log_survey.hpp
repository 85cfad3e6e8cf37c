// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/log_source.hpp"
#include "record/event.hpp"

namespace hapax {

/// The next batches of a log, oldest first; nothing: there are no more. Views are valid until the
/// next call.
using NextBatches = std::function<Result<std::optional<std::span<const LogBatch>>>()>;

/// Calls `each` with every event of `batch`, dead letters too, and the bytes of its record, in their
/// order; not with control records. Errors: kCorrupt, it cannot be read; those of `each`, and then
/// no more are given.
Result<void> for_each_event(
    const LogBatch& batch,
    const std::function<Result<void>(const EventView& event, std::string_view record)>& each);

/// What a log holds.
struct LogSurvey {
  std::uint64_t events = 0;          ///< Dead letters, too.
  std::uint64_t bytes = 0;           ///< Of their records.
  std::vector<Offset> ends = {};     ///< By partition.
  std::uint64_t before = 0;          ///< Records that were deleted from its beginning.
  std::uint64_t lost = 0;            ///< Records for which a repair has left placeholders.
  std::optional<ProcessingTime> first_received = {};  ///< Of the oldest event that is there.
};

/// Reads all of it once, so that what is wrong with it is known before any of it goes elsewhere.
/// `starts`: where the log begins, by partition. Errors: kInvalid, a record is longer than `record_bytes_max`; those of `next` and of
/// for_each_event().
Result<LogSurvey> survey_log(const NextBatches& next, std::span<const PartitionStart> starts,
                             std::size_t record_bytes_max);

}  // namespace hapax
