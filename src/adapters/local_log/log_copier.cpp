// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/log_copier.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "record/event.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

constexpr std::size_t kGroupBytes = 1U << 20U;
constexpr std::uint64_t kLostInABatch = 10'000;
/// A gap beyond it is rather a wrong number than so many lost records.
constexpr std::uint64_t kLostMax = 100'000'000;

Digest difference(const Digest& from, const Digest& to) {
  return {to.sum().low - from.sum().low, to.sum().high - from.sum().high};
}

/// What the records of a batch add to the digest. Errors: kCorrupt, one cannot be read.
Result<Digest> digest_of(const LogBatch& batch, const IdHash& id_hash) {
  Digest digest;
  auto records = batch.records;
  std::uint32_t count = 0;
  for (; !records.empty(); ++count) {
    HAPAX_ASSIGN(const auto record, take_framed(records));
    HAPAX_ASSIGN(const auto event, decode_event(record));
    digest.add(id_hash(event.source, event.message_id));
  }
  if (count != batch.record_count) {
    return Error{
        .kind = ErrorKind::kCorrupt,
        .message = fmt::format("a batch of {} records holds {}", batch.record_count, count)};
  }
  return digest;
}

PartitionRecords lost_records(PartitionId partition, std::uint64_t count, const Digest& digest) {
  const auto control = encode_control({.kind = kLostKind, .value = {}});
  EventView event;
  event.control = control;
  std::string record;
  encode_event(event, record);
  PartitionRecords lost{.partition = partition,
                        .record_count = static_cast<std::uint32_t>(count),
                        .digest = digest,
                        .records = {}};
  for (std::uint64_t i = 0; i < count; ++i) {
    append_framed(record, lost.records);
  }
  return lost;
}

}  // namespace

LogCopier::LogCopier(LogStart start, LogCore* target, const IdHash& id_hash, RepairReport& report)
    : target_(target),
      id_hash_(id_hash),
      report_(report),
      controls_(std::move(start.controls)),
      at_(std::move(start.partitions)),
      shifts_(at_.size()) {
  for (std::uint32_t p = 0; p < at_.size(); ++p) {
    report_.kept[p] = 0;
  }
}

Result<void> LogCopier::begin_segment(const log_format::SegmentHeader& header) {
  for (std::uint32_t p = 0; p < at_.size(); ++p) {
    const auto& start = header.partitions[p];
    HAPAX_TRY(fill(p, gap_before(p, start.offset), start.digest));
  }
  return restate_controls(header);
}

/// What a lost record said and a header repeats is said again.
Result<void> LogCopier::restate_controls(const log_format::SegmentHeader& header) {
  const auto known = controls_.records();
  for (const auto& record : header.controls) {
    if (std::ranges::find(known, record) == known.end()) {
      HAPAX_TRY(append_control(record));
    }
  }
  return {};
}

Result<void> LogCopier::take(std::span<const LogBatch> frame) {
  const bool is_control =
      frame.size() == at_.size() && std::ranges::all_of(frame, [](const LogBatch& batch) {
        return batch.is_control && batch.record_count == 1;
      });
  auto first = frame.empty() ? std::string_view() : frame.front().records;
  const auto record = take_framed(first);
  const auto kind = record ? control_kind(*record) : Result<std::string>(record.error());
  if (is_control && kind && *kind != kLostKind) {
    return take_control(frame);
  }
  for (const auto& batch : frame) {
    HAPAX_TRY(take_batch(batch));
  }
  return {};
}

Result<void> LogCopier::take_control(std::span<const LogBatch> frame) {
  for (const auto& batch : frame) {
    HAPAX_TRY(reach(batch.partition.value(), batch.base_offset, batch.digest_after));
  }
  auto records = frame.front().records;
  return append_control(take_framed(records).value());
}

Result<void> LogCopier::take_batch(const LogBatch& batch) {
  const auto p = batch.partition.value();
  // Records of an earlier repair are lost again, from where the log goes on.
  if (p >= at_.size() || batch.is_control) {
    return {};
  }
  const auto digest = digest_of(batch, id_hash_);
  if (!digest) {
    report_.problems.push_back(digest.error());
    return {};
  }
  HAPAX_TRY(reach(p, batch.base_offset, difference(*digest, batch.digest_after)));
  at_[p].offset = advance(at_[p].offset, batch.record_count);
  at_[p].digest.add(*digest);
  report_.kept[p] += batch.record_count;
  group_.push_back({{.partition = batch.partition,
                     .record_count = batch.record_count,
                     .digest = *digest,
                     .records = std::string(batch.records)}});
  group_bytes_ += batch.records.size();
  return group_bytes_ < kGroupBytes ? Result<void>() : flush();
}

Result<void> LogCopier::finish(const std::optional<DurableEnd>& end) {
  for (std::uint32_t p = 0; end && p < std::min(at_.size(), end->offsets.size()); ++p) {
    HAPAX_TRY(fill(p, gap_before(p, end->offsets[p]), at_[p].digest));
  }
  return flush();
}

/// How many records are missing before the one that had the offset `original`.
std::uint64_t LogCopier::gap_before(std::uint32_t partition, Offset original) const {
  const auto at = at_[partition].offset.value();
  return std::max(original.value() + shifts_[partition], at) - at;
}

/// Makes the next record of a partition the one that had the offset `original`; `account` is the
/// digest of all before it.
Result<void> LogCopier::reach(std::uint32_t partition, Offset original, const Digest& account) {
  HAPAX_TRY(fill(partition, gap_before(partition, original), account));
  const auto shift = at_[partition].offset.value() - original.value();
  report_.renumbered = report_.renumbered || shift != shifts_[partition];
  shifts_[partition] = shift;
  return {};
}

Result<void> LogCopier::fill(std::uint32_t partition, std::uint64_t count, const Digest& account) {
  if (count > kLostMax) {
    return Error{.kind = ErrorKind::kCorrupt,
                 .message = fmt::format("{} records of partition {} would be missing before offset "
                                        "{}, which cannot be",
                                        count, partition, at_[partition].offset.value() + count)};
  }
  if (count == 0) {
    return {};
  }
  note_lost(partition, count);
  HAPAX_TRY(flush());
  // Where offsets are moved there are records that the account does not know.
  const bool known = shifts_[partition] == 0 && !report_.rekeyed;
  const auto digest = known ? difference(at_[partition].digest, account) : Digest();
  at_[partition].offset = advance(at_[partition].offset, count);
  at_[partition].digest.add(digest);
  for (auto left = count; target_ != nullptr && left > 0;) {
    const auto now = std::min(left, kLostInABatch);
    left -= now;
    HAPAX_TRY(target_->commit_lost(
        lost_records(PartitionId(partition), now, left == 0 ? digest : Digest())));
  }
  return {};
}

void LogCopier::note_lost(std::uint32_t partition, std::uint64_t count) {
  const Offset first(at_[partition].offset.value() - shifts_[partition]);
  for (auto& range : report_.lost) {
    if (range.partition.value() == partition && advance(range.first, range.count) == first) {
      range.count += count;
      return;
    }
  }
  report_.lost.push_back({.partition = PartitionId(partition), .first = first, .count = count});
}

Result<void> LogCopier::append_control(std::string_view record) {
  HAPAX_TRY(controls_.take(record));
  HAPAX_TRY(flush());
  for (std::uint32_t p = 0; p < at_.size(); ++p) {
    at_[p].offset = advance(at_[p].offset, 1);
    ++report_.kept[p];
  }
  if (target_ != nullptr) {
    HAPAX_TRY(target_->commit_control(record));
  }
  return {};
}

Result<void> LogCopier::flush() {
  if (target_ != nullptr && !group_.empty()) {
    HAPAX_TRY(target_->commit(group_));
  }
  group_.clear();
  group_bytes_ = 0;
  return {};
}

}  // namespace hapax
