#include "adapters/local_log/verify.hpp"

#include <fmt/format.h>

#include "adapters/local_log/log_walk.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

class Verifier {
 public:
  Verifier(LogWalk& walk, const IdHasher& ids, VerifyReport& report)
      : walk_(walk), ids_(ids), report_(report) {}

  /// The header's account must continue the one so far, unless a damaged segment lies between.
  void begin_segment() {
    ++report_.segments;
    const auto& starts = walk_.header().partitions;
    const auto sequence = walk_.header().generation.sequence;
    skipped_ = skipped_ || sequence != sequence_ + 1;  // Retention took segments away meanwhile.
    sequence_ = sequence;
    for (std::uint32_t p = 0; p < starts.size(); ++p) {
      const auto [found, first] = report_.partitions.try_emplace(p);
      auto& partition = found->second;
      if (first || skipped_) {
        partition.start = first ? starts[p].offset : partition.start;
      } else if (partition.end != starts[p].offset || partition.digest != starts[p].digest) {
        problem(
            fmt::format("its header says that partition {} begins at offset {}, not {}, or has "
                        "another digest",
                        p, starts[p].offset.value(), partition.end.value()));
      }
      partition.end = starts[p].offset;
      partition.digest = starts[p].digest;
    }
    skipped_ = false;
  }

  void skip() { skipped_ = true; }

  void check(const LogBatch& batch) {
    if (batch.partition.value() >= walk_.header().partitions.size()) {
      problem(fmt::format("there is no partition {}", batch.partition.value()));
      return;
    }
    auto& partition = report_.partitions[batch.partition.value()];
    if (batch.base_offset != partition.end) {
      problem(fmt::format("partition {} goes on at offset {} instead of {}",
                          batch.partition.value(), batch.base_offset.value(),
                          partition.end.value()));
    }
    const auto records = check_records(batch.records, partition.digest);
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

 private:
  std::uint64_t check_records(std::string_view records, Digest& digest) {
    std::uint64_t count = 0;
    while (!records.empty()) {
      const auto record = take_framed(records);
      const auto event = record ? decode_event(*record) : Result<EventView>(record.error());
      if (!event) {
        problem(event.error().message);
        break;
      }
      digest.add(ids_.event_id(event->source, event->message_id));
      report_.dead_letters += event->rejection ? 1 : 0;
      ++count;
    }
    return count;
  }

  void problem(std::string what) {
    report_.problems.push_back(
        {.kind = ErrorKind::kCorrupt,
         .message = fmt::format("{}, before byte {}: {}", walk_.path(), walk_.position(), what)});
  }

  LogWalk& walk_;
  const IdHasher& ids_;
  VerifyReport& report_;
  std::uint64_t sequence_ = 0;
  bool skipped_ = false;
};

}  // namespace

Result<VerifyReport> verify_log(const std::string& directory, Storage& storage, const IdHasher& ids,
                                const std::function<void(const std::string&)>& progress) {
  HAPAX_ASSIGN(const auto walk, LogWalk::open(directory, storage));
  VerifyReport report;
  Verifier verifier(*walk, ids, report);
  std::string path;
  while (true) {
    auto batches = walk->next();
    if (!batches) {
      report.problems.push_back(batches.error());
      verifier.skip();
      HAPAX_ASSIGN(const bool more, walk->skip_segment());
      if (!more) {
        break;
      }
      continue;
    }
    if (walk->path() != path) {
      path = walk->path();
      progress(path);
      verifier.begin_segment();
    }
    if (!*batches) {
      break;
    }
    report.frames += batches->value().empty() ? 0 : 1;
    for (const auto& batch : batches->value()) {
      verifier.check(batch);
    }
  }
  return report;
}

}  // namespace hapax
