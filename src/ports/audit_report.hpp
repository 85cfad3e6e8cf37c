// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/event_tally.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "ports/collector_audit.hpp"
#include "ports/missed_duplicates.hpp"

namespace hapax {

/// The newest of some events, by the clients' clocks and by ours.
struct NewestEvent {
  EventTime event_time;
  ProcessingTime received_at;
};

/// The account of one source, a function of the log up to the processed offsets. There are as many
/// as there are sources in the log: who lets records in limits them.
struct SourceAudit {
  std::string source;
  std::uint64_t received = 0;   ///< Records taken from the log.
  std::uint64_t accepted = 0;   ///< Of those, events.
  std::uint64_t rejected = 0;   ///< Of those, dead letters.
  std::uint64_t unique = 0;     ///< First of their id within the window.
  std::uint64_t duplicate = 0;  ///< Seen before; conflicts and restamped ones included.
  std::uint64_t conflict = 0;   ///< Duplicates whose content differs from the first.
  std::uint64_t restamped = 0;  ///< Duplicates with the content of the first, at another time.
  std::uint64_t on_time = 0;
  std::uint64_t late = 0;             ///< Behind the watermark of their partition.
  std::uint64_t counted = 0;          ///< Taken in by every live view, by their side's account.
  std::uint64_t clock_ahead = 0;      ///< Event time was clamped to received at.
  std::uint64_t before_epoch = 0;     ///< Event time before 1970: counted like any other.
  std::uint64_t newest_event = 0;     ///< Event time, in microseconds since 1970; 0: none known.
  std::uint64_t newest_received = 0;  ///< The same of the time of arrival.
  // Of the unique ones, by the flags of their records (record/event.hpp).
  std::uint64_t clock_behind = 0;
  std::uint64_t clock_corrected = 0;
  std::uint64_t seconds = 0;
  std::uint64_t time_unreadable = 0;
  std::uint64_t non_number = 0;
  Digest received_digest;
  Digest accepted_digest;
  Digest rejected_digest;
  Digest unique_digest;
  Digest duplicate_digest;
  Digest counted_digest;
};

/// One partition: what the log says it holds against what the processor read.
/// The books begin at `start`: what the log had dropped before the state was built from it is in
/// both digests and in no other figure.
struct PartitionAudit {
  PartitionId partition;
  Offset start = {};  ///< First offset processed.
  Offset processed;   ///< Next offset to process.
  Offset end;         ///< Next offset of the log, durable records.
  Digest log_digest;  ///< The log's own account up to `processed`.
  Digest processed_digest;
  EventTime watermark;
  /// Retries received from then on are recognised within the whole dedup window: later than now
  /// only after the window became longer. Nothing: no id was ever forgotten.
  std::optional<ProcessingTime> window_full_from = {};
  /// From which offset on it is stored what dedup decided; before it, a rebuild asks dedup.
  Offset verdicts_from = {};
};

/// One live view: what it did with the events that dedup let through, of all sources, by its own
/// account.
struct ViewAudit {
  std::string view;        ///< Its id.
  EventTally unique = {};  ///< Those, by the books.
  EventTally earlier =
      {};  ///< Counted before it was live, and not given to it: the log lacked them.
  EventTally filtered = {};  ///< Its condition does not accept them;
  EventTally matching = {};  ///< it does. Of these:
  EventTally counted = {};
  EventTally expired = {};      ///< All of their windows were over.
  EventTally without_key = {};  ///< Of a view over keys.
};

/// What is known of losses on the way to us, of one source: numbers that its devices gave to events
/// and that did not come, over all days. No account: nothing of it must be equal to anything.
struct SourceGaps {
  std::string source;
  std::uint64_t devices = 0;             ///< Each with its epochs, without unnumbered ones.
  std::uint64_t missing = 0;             ///< Of devices that are believed, at least.
  std::uint64_t open_tail = 0;           ///< Made, and not here yet.
  std::uint64_t unbelieved_devices = 0;  ///< More is missing of them than can be believed.
  std::uint64_t unnumbered_devices = 0;  ///< Their numbers are too great to be followed.
};

struct AuditReport {
  std::vector<SourceAudit> sources;             ///< By name.
  std::vector<PartitionAudit> partitions;       ///< By id.
  std::vector<ViewAudit> views = {};            ///< By name.
  std::vector<SourceGaps> gaps = {};            ///< By name; of sources with numbered devices.
  std::vector<CollectorAudit> collectors = {};  ///< Of a cluster; by partition.
  /// If ids count once in each partition alone, as a cluster may choose.
  std::optional<MissedDuplicates> missed = {};
};

}  // namespace hapax
