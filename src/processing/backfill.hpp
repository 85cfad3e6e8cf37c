// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "dedup/verdict_log.hpp"
#include "hash/id_hasher.hpp"
#include "ports/log_source.hpp"
#include "processing/history.hpp"
#include "processing/known_verdicts.hpp"
#include "processing/partition_times.hpp"
#include "record/receipt.hpp"
#include "views/runtime/running_view.hpp"

namespace hapax {

/// Of the log, from where it begins. What dedup decided is taken from the verdict log. Lateness is
/// judged by the records read, as the first reader judged it, so that revisions are those of a
/// rebuild.
/// Where no verdict is stored, of a log older than verdicts or of one that lost some, nothing is
/// counted: complete_from() says so.
/// Threading: one owner. Lifetime: what is passed must outlive it.
class Backfill : public HistoryReader {
 public:
  struct Parts {
    LogSource& log;
    VerdictLog& verdicts;
    const IdHasher& ids;
    const ViewInputs& inputs;
  };

  /// At the beginning of the log. `settings`: in force where no record says otherwise. Errors:
  /// kCorrupt; kInvalid, written by a newer version.
  static Result<std::unique_ptr<Backfill>> begin(const Parts& parts,
                                                 const ResultSettings& settings);
  /// Where it was when it was encoded.
  static Result<std::unique_ptr<Backfill>> restore(const Parts& parts, ByteReader& in);
  void encode(ByteWriter& out) const override;

  /// An error may be tried again. Errors: also those of log and verdicts.
  Result<bool> advance(std::span<RunningView* const> views, std::span<const Offset> until,
                       std::span<const ClockCorrection> corrections,
                       std::size_t bytes_max) override;
  bool is_half_way() const override { return taken_; }

  std::uint64_t records_done() const override;
  std::uint64_t records_total(std::span<const Offset> until) const override;
  std::optional<ProcessingTime> complete_from(ProcessingTime settled) const override;
  /// In a doubt of our clock nobody knows when what is gone was received, before the first that is
  /// left is counted.
  bool knows_beginning(ProcessingTime settled) const override;

 private:
  struct Place {
    Offset begin;
    Offset at;
    Offset counted_from;                          ///< Verdicts are stored from there on.
    std::optional<ProcessingTime> first_counted;  ///< When the first that is counted was received.
    PartitionTimes times;
  };

  explicit Backfill(const Parts& parts);

  std::vector<Receipt::End> offsets() const;
  bool stands_at(std::span<const Offset> until) const;
  Result<void> poll(std::size_t bytes_max);
  Result<void> apply(const LogBatch& batch, std::span<RunningView* const> views,
                     std::span<const ClockCorrection> corrections);
  Result<void> take(const LogBatch& batch, Place& place,
                    std::span<const ClockCorrection> corrections);
  Result<void> find_verdicts(const LogBatch& batch, Place& place);
  Result<void> apply_event(const KeyedEvent& keyed, Place& place,
                           std::span<RunningView* const> views);
  Result<void> count(const KeyedEvent& event, EventTime closed_until,
                     std::span<RunningView* const> views);

  const Parts parts_;
  std::vector<Place> places_;  // By partition.
  EventInputs inputs_;
  KnownVerdicts stored_verdicts_;
  std::unique_ptr<LogReader> reader_;
  std::span<const LogBatch> batches_;
  bool taken_ = false;                   // The following are of the first batch:
  std::vector<KeyedEvent> events_;       // none of a batch of controls;
  std::vector<EventTime> closed_until_;  // what each of these is late for;
  std::vector<Verdict> verdicts_;        // none: nothing of it is counted;
  std::size_t events_done_ = 0;          // so many are counted,
  std::size_t views_done_ = 0;           // and the next one in so many views.
};

/// The log of one machine. Lifetime: what is passed must outlive it.
class LogHistory : public History {
 public:
  /// `settings`: in force where no record says otherwise.
  LogHistory(LogSource& log, VerdictLog& verdicts, const IdHasher& ids,
             const ResultSettings& settings)
      : log_(log), verdicts_(verdicts), ids_(ids), settings_(settings) {}

  Result<std::unique_ptr<HistoryReader>> begin(const ViewInputs& inputs) override;
  Result<std::unique_ptr<HistoryReader>> restore(const ViewInputs& inputs, ByteReader& in) override;

 private:
  Backfill::Parts parts(const ViewInputs& inputs) const {
    return {.log = log_, .verdicts = verdicts_, .ids = ids_, .inputs = inputs};
  }

  LogSource& log_;
  VerdictLog& verdicts_;
  const IdHasher& ids_;
  const ResultSettings settings_;
};

}  // namespace hapax
