// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "adapters/local_log/controls.hpp"
#include "adapters/local_log/end_file.hpp"
#include "adapters/local_log/log_walk.hpp"
#include "adapters/local_log/segment_open.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

class Verifier {
 public:
  Verifier(LogWalk& walk, const IdHash& id_hash, VerifyReport& report)
      : walk_(walk), id_hash_(id_hash), report_(report) {}

  /// The walk has compared the header's account with the one so far.
  void begin_segment() {
    ++report_.segments;
    const auto& starts = walk_.header().partitions;
    const auto sequence = walk_.header().generation.sequence;
    skipped_ = skipped_ || sequence != sequence_ + 1;  // Retention took segments away meanwhile.
    sequence_ = sequence;
    check_repeated();
    for (std::uint32_t p = 0; p < starts.size(); ++p) {
      const auto [found, first] = report_.partitions.try_emplace(p);
      auto& partition = found->second;
      partition.start = first ? starts[p].offset : partition.start;
      partition.end = starts[p].offset;
      partition.digest = starts[p].digest;
    }
    skipped_ = false;
  }

  void skip() { skipped_ = true; }

  void check(std::span<const LogBatch> frame) {
    report_.frames += frame.empty() ? 0 : 1;
    for (const auto& batch : frame) {
      check(batch);
    }
    check_control_frame(frame);
  }

 private:
  void check(const LogBatch& batch) {
    auto& partition = report_.partitions[batch.partition.value()];
    if (batch.is_control && is_lost(batch)) {
      check_lost(batch, partition);
      return;
    }
    const auto records = check_records(batch, partition.digest);
    if (records != batch.record_count || partition.digest != batch.digest_after) {
      problem(fmt::format(
          "the batch at offset {} of partition {} holds {} records, its header says "
          "{}, or the digest differs",
          batch.base_offset.value(), batch.partition.value(), records, batch.record_count));
    }
    partition.end = advance(batch.base_offset, batch.record_count);
    partition.digest = batch.digest_after;
    report_.records += records;
  }

  std::uint64_t check_records(const LogBatch& batch, Digest& digest) {
    auto records = batch.records;
    std::uint64_t count = 0;
    while (!records.empty()) {
      const auto record = take_framed(records);
      const auto event = record ? decode_event(*record) : Result<EventView>(record.error());
      if (!event) {
        problem(event.error().message);
        break;
      }
      if (event->control.empty() == batch.is_control) {
        problem("a batch of events holds a control record, or one of control records an event");
      }
      if (batch.is_control) {
        check_control(*record);
      } else {
        digest.add(id_hash_(event->source, event->message_id));
      }
      report_.dead_letters += event->rejection ? 1 : 0;
      ++count;
    }
    return count;
  }

  /// The account goes on as if the lost records were there: it knew them.
  void check_lost(const LogBatch& batch, VerifyReport::Partition& partition) {
    auto records = batch.records;
    std::uint64_t count = 0;
    for (; !records.empty(); ++count) {
      const auto record = take_framed(records);
      const auto kind = record ? control_kind(*record) : Result<std::string>(record.error());
      if (!kind || *kind != kLostKind) {
        problem("a batch of lost records holds another one");
        break;
      }
    }
    if (count != batch.record_count) {
      problem(fmt::format("a batch of {} lost records holds {}", batch.record_count, count));
    }
    partition.end = advance(batch.base_offset, batch.record_count);
    partition.digest = batch.digest_after;
    report_.records += count;
    report_.lost += count;
  }

  static bool is_lost(const LogBatch& batch) {
    auto records = batch.records;
    const auto first = take_framed(records);
    const auto kind = first ? control_kind(*first) : Result<std::string>(first.error());
    return kind && *kind == kLostKind;
  }

  void check_control(std::string_view record) {
    ++report_.controls;
    if (auto taken = controls_.take(record); !taken) {
      problem(taken.error().message);
    }
  }

  /// What the server says is said to all partitions at once, and nothing else is in that frame.
  void check_control_frame(std::span<const LogBatch> frame) {
    std::set<std::uint32_t> partitions;
    for (const auto& batch : frame) {
      if (batch.is_control && !is_lost(batch)) {
        partitions.insert(batch.partition.value());
      }
    }
    const bool same = std::ranges::all_of(frame, [&](const LogBatch& batch) {
      return batch.record_count == 1 && batch.records == frame.front().records;
    });
    if (!partitions.empty() && (!same || partitions.size() != frame.size() ||
                                partitions.size() != walk_.header().partitions.size())) {
      problem("a control record is not in every partition, or not alone in its frame");
    }
  }

  /// What every later segment repeats.
  void check_repeated() {
    const auto& header = walk_.header();
    auto controls = controls_of(header.controls);
    if (!controls) {
      problem(controls.error().message);
      return;
    }
    if (key_id_ && !skipped_ && controls->records() != controls_.records()) {
      problem("its header does not hold the control records in force before it");
    }
    if (key_id_ && *key_id_ != header.key_id) {
      problem("it was made with another key than the segments before it");
    }
    controls_ = std::move(*controls);
    key_id_ = header.key_id;
  }

  void problem(std::string what) {
    report_.problems.push_back(
        {.kind = ErrorKind::kCorrupt,
         .message = fmt::format("{}, before byte {}: {}", walk_.path(), walk_.position(), what)});
  }

  LogWalk& walk_;
  const IdHash& id_hash_;
  VerifyReport& report_;
  std::uint64_t sequence_ = 0;
  bool skipped_ = false;
  ControlsInForce controls_;             ///< Where the walk is.
  std::optional<std::uint64_t> key_id_;  ///< Of the first segment.
};

/// That it does not end in a compressed segment, which had another one behind it.
void check_last(const LogWalk& walk, VerifyReport& report) {
  if (is_twin(walk.path())) {
    report.problems.push_back(
        {.kind = ErrorKind::kCorrupt,
         .message =
             fmt::format("{} is compressed, and the segment behind it is missing", walk.path())});
  }
}

/// That the log goes at least as far as was written down when it was durable.
void check_end(const Result<std::optional<DurableEnd>>& noted, VerifyReport& report) {
  if (!noted) {
    report.problems.push_back(noted.error());
    return;
  }
  std::vector<PartitionStart> ends;
  ends.reserve(report.partitions.size());
  for (const auto& [id, partition] : report.partitions) {
    ends.push_back({.offset = partition.end, .digest = partition.digest});
  }
  const auto missing = *noted ? missing_records(**noted, ends) : 0;
  if (missing > 0) {
    report.problems.push_back(
        {.kind = ErrorKind::kCorrupt,
         .message = fmt::format("at the end {} records that were durable are missing: the log went "
                                "to byte {} of {}",
                                missing, (*noted)->position,
                                log_format::segment_name((*noted)->generation.sequence))});
  }
}

}  // namespace

Result<VerifyReport> verify_log(const std::string& directory, Storage& storage,
                                const VerifyOptions& options) {
  // Before the log, which may grow while it is read.
  const auto noted = EndFile::read(directory, storage);
  HAPAX_ASSIGN(const auto walk, LogWalk::open(directory, storage));
  VerifyReport report;
  Verifier verifier(*walk, options.id_hash, report);
  std::optional<std::uint64_t> sequence;
  while (true) {
    auto batches = walk->next();
    if (!batches && batches.error().kind == ErrorKind::kInvalid) {
      return batches.error();  // Of another format version: nothing in it is damaged.
    }
    if (!batches) {
      report.problems.push_back(batches.error());
      verifier.skip();
      HAPAX_ASSIGN(const bool more, walk->skip_damage());
      if (!more) {
        break;
      }
      continue;
    }
    if (walk->sequence() != sequence) {
      sequence = walk->sequence();
      options.progress(walk->path());
      verifier.begin_segment();
    }
    if (!*batches) {
      break;
    }
    verifier.check(**batches);
  }
  check_last(*walk, report);
  check_end(noted, report);
  return report;
}

}  // namespace hapax
