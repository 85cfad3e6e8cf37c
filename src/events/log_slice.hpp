// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "events/event_verdict.hpp"
#include "ports/log_source.hpp"
#include "record/event.hpp"

namespace hapax {

/// Of each partition the records in [begin, before).
struct LogSlice {
  std::vector<Offset> begin;  ///< Where a reader may begin.
  std::vector<Offset> before;
  std::stop_token stop = {};  ///< Nobody wants to know any more.
};

/// Whether retention has dropped none of it yet.
bool is_still_held(const LogSlice& slice, const LogSource& log);
/// Whether the log holds a record below `before`.
bool has_records_below(const std::vector<Offset>& before, const LogSource& log);
/// By partition the lower offset of both.
std::vector<Offset> lower_of(const std::vector<Offset>& a, const std::vector<Offset>& b);
/// Where a reader begins that begins there.
std::vector<Receipt::End> ends_at(const std::vector<Offset>& offsets);

/// One record of it; the views are valid during the call.
struct SlicedRecord {
  EventAddress at;
  std::string_view record;
  const EventView& event;
  /// By partition: what is below was read before it, and nothing else.
  const std::vector<Offset>& cut;
};

/// Calls `visit` with each record of a slice but control records, in the order of the log's reader.
/// Errors: kCorrupt; kInvalid, it is not retained any more; kClosed, it was stopped; those of the
/// log and of `visit`.
Result<void> read_slice(LogSource& log, const LogSlice& slice,
                        const std::function<Result<void>(const SlicedRecord&)>& visit);

}  // namespace hapax
