// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "hash/id_hasher.hpp"
#include "ports/log_source.hpp"
#include "record/clock_state.hpp"
#include "record/result_settings.hpp"
#include "stream/keyed_event.hpp"

namespace hapax {

/// "partition 3 offset 17", as error messages name a record.
std::string place(PartitionId partition, Offset offset);
/// Of a record that is none, for that reason: kCorrupt, with its place.
Error unreadable(PartitionId partition, Offset offset, const Error& why);

/// Reads the events of a batch into `events`, in place of what is there; they point into the batch.
/// Hashes that the log hands on are taken, the others made. Errors, with the place of the record:
/// kCorrupt; kInternal, the hash that was handed on is another record's: of the first and the last
/// one, and of a sample.
Result<void> decode_events(const LogBatch& batch, const IdHasher& ids,
                           std::vector<KeyedEvent>& events);

/// What a control record says, as far as it matters to whoever counts.
struct Control {
  ProcessingTime received_at;
  ClockEpoch epoch;  ///< Of `received_at`.
  std::optional<ResultSettings> settings;
  std::optional<ClockState> clock;
  std::optional<std::uint32_t> catalog = {};  ///< Number of that of the views from there on.
};
/// Errors: kCorrupt; kInvalid, written by a newer version.
Result<std::vector<Control>> decode_controls(const LogBatch& batch);

}  // namespace hapax
