// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "record/receipt.hpp"

namespace hapax {

/// One cell of events_per_minute: a tumbling window [start, start + 1 minute) of one group.
struct Cell {
  EventTime start;
  std::string source;
  std::string event;  ///< Event name; for events without one, their type ("identify").
  std::uint64_t count = 0;
  std::uint64_t users = 0;  ///< Distinct identities, exact.
  bool final = false;       ///< The published watermark has passed the end.
  /// How many of its events were late: behind the watermark of their partition when they were
  /// processed. A change of a final cell always counts up; so may one of a cell that is open still,
  /// because another partition holds the published watermark back.
  std::uint64_t revision = 0;
};

constexpr std::chrono::minutes kCellWidth{1};

/// A place in the order of cells, by start, source, event: at one cell, or between two.
struct CellPlace {
  EventTime start;
  std::string source;
  std::string event;

  friend auto operator<=>(const CellPlace&, const CellPlace&) = default;
};

struct ViewQuery {
  EventTime from;                          ///< Cells that start at or after it.
  EventTime to;                            ///< Cells that start before it.
  std::optional<std::string> event = {};   ///< Only this event name.
  std::optional<std::string> source = {};  ///< Only this source.
  std::optional<Receipt> after = {};       ///< Answer only once the view includes these events.
  bool final_only = false;
  std::chrono::milliseconds wait_max{5000};  ///< Bound of waiting for `after`.
  std::optional<CellPlace> behind = {};  ///< Only cells behind it: ViewAnswer::next goes on there.
  std::size_t cells_max = 10'000;        ///< 1 or more; the rest is for further queries.
  /// So many cells are looked at, wanted or not, 1 or more; the rest is for further queries. Each
  /// counts once; those of other sources than the one asked for do not count, nor, where an event
  /// is asked for too, those of others.
  std::size_t scan_max = 100'000;
};

/// The newest of some events, by the clients' clocks and by ours.
struct NewestEvent {
  EventTime event_time;
  ProcessingTime received_at;
};

/// The watermark follows our clock while partitions are silent, so it is no function of the log; no
/// cell, no account and no judgement of lateness depends on it. It never goes back while the
/// process runs, nor over a proper stop. After a crash it goes back with the counts, to the last
/// checkpoint, and is where it was when the log is read again.
struct ViewAnswer {
  EventTime watermark;       ///< No event time below it is still expected.
  EventTime complete_until;  ///< Every cell that ends at or before it is final.
  std::vector<Cell> cells;   ///< By start, source, event.
  /// Up to where the cells are all that the query asks for; nothing: there are no more. Several
  /// answers are no snapshot: each has its cells as they are then.
  std::optional<CellPlace> next = {};
  /// When there are no cells at all: of all events of the source that was asked for, or of all
  /// sources. Nothing when there was none.
  std::optional<NewestEvent> newest = {};
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
  std::uint64_t counted = 0;          ///< In events_per_minute, by the view's own account.
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

struct AuditReport {
  std::vector<SourceAudit> sources;        ///< By name.
  std::vector<PartitionAudit> partitions;  ///< By id.
};

/// Queries of the live views.
/// Threading: all calls may run at the same time. Callbacks run on a thread of the store's, one of
/// a few that all answers share.
class ViewStore {
 public:
  using Answer = std::function<void(Result<ViewAnswer>)>;

  virtual ~ViewStore() = default;

  /// Answers with what was counted when this was called, or with more.
  /// Errors through `answer`: kTimedOut, `after` was not reached within `wait_max`, with how far
  /// the view is; kInvalid, a receipt for a partition that does not exist; kExhausted, too many
  /// wait for their answers; kClosed, shutting down; those of the store, and what stopped
  /// processing.
  virtual void query(ViewQuery query, Answer answer) = 0;

  /// From now on no query waits for its `after`: it gets kClosed where it would, and so do those
  /// that wait already.
  virtual void end_waiting() = 0;

  /// The books at one consistent cut. No query holds it up.
  virtual void audit(std::function<void(Result<AuditReport>)> answer) = 0;
};

}  // namespace hapax
