// SPDX-License-Identifier: Apache-2.0
#include "published/published_manifest.hpp"

#include "bytes/bytes.hpp"
#include "core/event_tally.hpp"
#include "published/audit_fields.hpp"
#include "published/collector_bytes.hpp"
#include "published/missed_bytes.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 5;
constexpr std::uint8_t kWithoutFormer = 4;  // Nor had any a former log.
constexpr std::uint8_t kWithoutLog = 3;     // It does not say of which log it is.
constexpr std::uint8_t kOldest = 2;  // It has no views in the making, and no catalog, either.

template <typename Time>
void put_optional(const std::optional<Time>& time, ByteWriter& out) {
  out.put_u8(time ? 1 : 0);
  out.put_time(time.value_or(Time()));
}

template <typename Time>
std::optional<Time> take_optional(ByteReader& in) {
  const bool is_there = in.u8() != 0;
  const auto micros = static_cast<std::int64_t>(in.u64());
  return is_there ? std::optional(Time(Microseconds(micros))) : std::nullopt;
}

void put_partition(const PartitionAudit& partition, ByteWriter& out) {
  out.put_u32(partition.partition.value());
  for (const Offset offset :
       {partition.start, partition.processed, partition.end, partition.verdicts_from}) {
    out.put_u64(offset.value());
  }
  out.put_digest(partition.log_digest);
  out.put_digest(partition.processed_digest);
  out.put_time(partition.watermark);
  put_optional(partition.window_full_from, out);
}

PartitionAudit take_partition(ByteReader& in) {
  PartitionAudit partition{};
  partition.partition = PartitionId(in.u32());
  partition.start = Offset(in.u64());
  partition.processed = Offset(in.u64());
  partition.end = Offset(in.u64());
  partition.verdicts_from = Offset(in.u64());
  partition.log_digest = in.digest();
  partition.processed_digest = in.digest();
  partition.watermark = in.event_time();
  partition.window_full_from = take_optional<ProcessingTime>(in);
  return partition;
}

void put(const SourceAudit& source, ByteWriter& out) {
  out.put_string(source.source);
  for (const SourceFigure& figure : kSourceFigures) {
    out.put_u64(source.*figure.field);
  }
  for (const auto digest : kSourceDigests) {
    out.put_digest(source.*digest);
  }
}

void take(ByteReader& in, SourceAudit& source) {
  source.source = in.string();
  for (const SourceFigure& figure : kSourceFigures) {
    source.*figure.field = in.u64();
  }
  for (const auto digest : kSourceDigests) {
    source.*digest = in.digest();
  }
}

void put(const PublishedView& view, ByteWriter& out) {
  out.put_string(view.account.view);
  for (const auto tally : kViewTallies) {
    out.put_u64((view.account.*tally).count);
    out.put_digest((view.account.*tally).digest);
  }
  out.put_string(view.living_from);
  put_optional(view.settled_until, out);
  put_optional(view.complete_from, out);
  out.put_u8(view.is_sampled ? 1 : 0);
  out.put_u64(view.in_cells);
  out.put_u64(view.kind_mismatches);
}

void take(ByteReader& in, PublishedView& view) {
  view.account.view = in.string();
  for (const auto tally : kViewTallies) {
    (view.account.*tally).count = in.u64();
    (view.account.*tally).digest = in.digest();
  }
  view.living_from = in.string();
  view.settled_until = take_optional<EventTime>(in);
  view.complete_from = take_optional<EventTime>(in);
  view.is_sampled = in.u8() != 0;
  view.in_cells = in.u64();
  view.kind_mismatches = in.u64();
}

void put(const PublishedMaking& making, ByteWriter& out) {
  out.put_string(making.view);
  out.put_string(making.error);
  out.put_u64(making.records_done);
  out.put_u64(making.records_total);
}

void take(ByteReader& in, PublishedMaking& making) {
  making.view = in.string();
  making.error = in.string();
  making.records_done = in.u64();
  making.records_total = in.u64();
}

void put(const SourceGaps& gaps, ByteWriter& out) {
  out.put_string(gaps.source);
  for (const auto figure : kGapFigures) {
    out.put_u64(gaps.*figure);
  }
}

void take(ByteReader& in, SourceGaps& gaps) {
  gaps.source = in.string();
  for (const auto figure : kGapFigures) {
    gaps.*figure = in.u64();
  }
}

template <typename Item>
void put_all(const std::vector<Item>& items, ByteWriter& out) {
  out.put_u32(static_cast<std::uint32_t>(items.size()));
  for (const Item& item : items) {
    put(item, out);
  }
}

template <typename Item>
void take_all(ByteReader& in, std::vector<Item>& items) {
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    take(in, items.emplace_back());
  }
}

void put(const MissedDuplicates& missed, ByteWriter& out) {
  out.put_u32(missed.sample);
  out.put_u64(missed.awaited);
  put_tallies(missed, out);
}

void take(ByteReader& in, MissedDuplicates& missed) {
  missed.sample = in.u32();
  missed.awaited = in.u64();
  take_tallies(in, missed);
}

void put(const PublishedFormer& former, ByteWriter& out) {
  out.put_u64(former.log.value());
  out.put_u64(former.in.value());
  out.put_u32(static_cast<std::uint32_t>(former.ends.size()));
  for (const Offset end : former.ends) {
    out.put_u64(end.value());
  }
}

void take(ByteReader& in, PublishedFormer& former) {
  former.log = LogId(in.u64());
  former.in = Offset(in.u64());
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    former.ends.emplace_back(in.u64());
  }
}

}  // namespace

std::string encode_published(const PublishedManifest& manifest) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u8(kVersion);
  put_partition(manifest.partition, out);
  out.put_time(manifest.complete_until);
  put_all(manifest.sources, out);
  put_all(manifest.views, out);
  put_all(manifest.gaps, out);
  out.put_u8(manifest.missed ? 1 : 0);
  if (manifest.missed) {
    put(*manifest.missed, out);
  }
  put_all(manifest.collectors, out);
  out.put_string(manifest.owner);
  put_all(manifest.making, out);
  out.put_u32(manifest.catalog);
  out.put_u64(manifest.log.value());
  out.put_u8(manifest.former ? 1 : 0);
  if (manifest.former) {
    put(*manifest.former, out);
  }
  return bytes;
}

Result<PublishedManifest> decode_published(std::string_view bytes) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (in.ok() && (version < kOldest || version > kVersion)) {
    return Error{ErrorKind::kInvalid,
                 "what a partition has published is of format version " + std::to_string(version) +
                     ", this program reads " + std::to_string(kOldest) + " to " +
                     std::to_string(kVersion),
                 "run the same version of Hapax in all roles"};
  }
  PublishedManifest manifest{.partition = take_partition(in)};
  manifest.complete_until = in.processing_time();
  take_all(in, manifest.sources);
  take_all(in, manifest.views);
  take_all(in, manifest.gaps);
  if (in.u8() != 0) {
    take(in, manifest.missed.emplace());
  }
  take_all(in, manifest.collectors);
  for (CollectorAudit& collector : manifest.collectors) {
    collector.partition = manifest.partition.partition;
  }
  manifest.owner = in.string();
  if (version > kOldest) {
    take_all(in, manifest.making);
    manifest.catalog = in.u32();
  }
  if (version > kWithoutLog) {
    manifest.log = LogId(in.u64());
  }
  if (version > kWithoutFormer && in.u8() != 0) {
    take(in, manifest.former.emplace());
  }
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "what a partition has published ends early, or late",
                 "let its owner publish all of it again"};
  }
  return manifest;
}

}  // namespace hapax
