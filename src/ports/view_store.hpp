#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/receipt.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// One cell of events_per_minute: a tumbling window [start, start + 1 minute) of one group.
struct Cell {
  EventTime start;
  std::string source;
  std::string event;  ///< Event name; for events without one, their type ("identify").
  std::uint64_t count = 0;
  std::uint64_t users = 0;     ///< Distinct identities, exact.
  bool final = false;          ///< The watermark has passed the end.
  std::uint64_t revision = 0;  ///< How many late events have changed the cell since it was final.
};

constexpr std::chrono::minutes kCellWidth{1};

struct ViewQuery {
  EventTime from;                          ///< Cells that start at or after it.
  EventTime to;                            ///< Cells that start before it.
  std::optional<std::string> event = {};   ///< Only this event name.
  std::optional<std::string> source = {};  ///< Only this source.
  std::optional<Receipt> after = {};       ///< Answer only once the view includes these events.
  bool final_only = false;
  std::chrono::milliseconds wait_max{5000};  ///< Bound of waiting for `after`.
  std::size_t cells_max = 100'000;  ///< More cells than that are an error, not a cut answer.
};

struct ViewAnswer {
  EventTime watermark;       ///< No event time below it is still expected.
  EventTime complete_until;  ///< Every cell that ends at or before it is final.
  std::vector<Cell> cells;   ///< By start, source, event.
};

/// The account of one source, a function of the log up to the processed offsets.
struct SourceAudit {
  std::string source;
  std::uint64_t received = 0;   ///< Records taken from the log.
  std::uint64_t accepted = 0;   ///< Of those, events.
  std::uint64_t rejected = 0;   ///< Of those, dead letters.
  std::uint64_t unique = 0;     ///< First of their id within the window.
  std::uint64_t duplicate = 0;  ///< Seen before; conflicts included.
  std::uint64_t conflict = 0;   ///< Duplicates whose content differs from the first.
  std::uint64_t on_time = 0;
  std::uint64_t late = 0;          ///< Behind the watermark of their partition.
  std::uint64_t counted = 0;       ///< Counted in events_per_minute.
  std::uint64_t clock_ahead = 0;   ///< Event time was clamped to received at.
  std::uint64_t before_epoch = 0;  ///< Event time before 1970: counted like any other.
  Digest received_digest;
  Digest accepted_digest;
  Digest rejected_digest;
  Digest unique_digest;
  Digest duplicate_digest;
  Digest counted_digest;
};

/// One partition: what the log says it holds against what the processor read.
struct PartitionAudit {
  PartitionId partition;
  Offset processed;   ///< Next offset to process.
  Offset end;         ///< Next offset of the log, durable records.
  Digest log_digest;  ///< The log's own account up to `processed`.
  Digest processed_digest;
  EventTime watermark;
};

struct AuditReport {
  std::vector<SourceAudit> sources;        ///< By name.
  std::vector<PartitionAudit> partitions;  ///< By id.
};

/// Queries of the live views.
/// Threading: all calls may run at the same time; callbacks run on the processor's thread and must
/// not block.
class ViewStore {
 public:
  using Answer = std::function<void(Result<ViewAnswer>)>;
  using Change = std::function<void(const ViewAnswer&)>;

  virtual ~ViewStore() = default;

  /// Errors through `answer`: kUnavailable, `after` was not reached within `wait_max`, with how far
  /// the view is; kInvalid, a receipt for a partition that does not exist; kExhausted, more than
  /// `cells_max` cells; kClosed, shutting down.
  virtual void query(ViewQuery query, Answer answer) = 0;

  /// The books at one consistent cut.
  virtual void audit(std::function<void(Result<AuditReport>)> answer) = 0;

  /// Calls `change` with the new values of changed cells, within milliseconds, several changes of a
  /// cell taken together. The answer's cells are only the changed ones. Returns a token.
  virtual std::uint64_t subscribe(Change change) = 0;
  virtual void unsubscribe(std::uint64_t token) = 0;
};

}  // namespace hapax
