// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "bytes/bytes.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "record/clock_state.hpp"
#include "views/runtime/running_view.hpp"

namespace hapax {

/// Reads a second time what has been counted, for views that have not counted it, until it stands
/// where the first reader does: then these views are as if they had been there always.
/// Threading: one owner.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;

  /// Counts about `bytes_max` more for `views`, which are the same in each call, but nothing at or
  /// behind `until`, by partition. `corrections`: of doubted times. True: it stands at `until`.
  /// Errors: kCorrupt; those of the store and of what it reads. Those that may be retried may be.
  virtual Result<bool> advance(std::span<RunningView* const> views, std::span<const Offset> until,
                               std::span<const ClockCorrection> corrections,
                               std::size_t bytes_max) = 0;
  /// Something is counted in part: no state to keep.
  virtual bool is_half_way() const = 0;

  virtual std::uint64_t records_done() const = 0;
  virtual std::uint64_t records_total(std::span<const Offset> until) const = 0;
  /// No event that was received at or after it is missing; nothing: none at all is. `settled`:
  /// everything that was received before is read, or was dropped.
  virtual std::optional<ProcessingTime> complete_from(ProcessingTime settled) const = 0;
  /// Whether complete_from() can be told.
  virtual bool knows_beginning(ProcessingTime settled) const = 0;

  virtual void encode(ByteWriter& out) const = 0;
};

/// Where views are made from that were not there from the beginning. Threading: one owner.
class History {
 public:
  virtual ~History() = default;

  /// At its beginning. `inputs`: of the views, and outlives the reader. Errors: kCorrupt; kInvalid,
  /// written by a newer version.
  virtual Result<std::unique_ptr<HistoryReader>> begin(const ViewInputs& inputs) = 0;
  /// Where it was when it was encoded.
  virtual Result<std::unique_ptr<HistoryReader>> restore(const ViewInputs& inputs,
                                                         ByteReader& in) = 0;
};

}  // namespace hapax
