// SPDX-License-Identifier: Apache-2.0
#include "cluster/control_note.hpp"

#include <optional>
#include <utility>

#include "bytes/bytes.hpp"
#include "bytes/tally_bytes.hpp"

namespace hapax {
namespace {

enum class NoteKind : std::uint8_t {
  kJoined = 1,
  kReport = 2,
  kGone = 3,
  kSettings = 4,
  kSnapshot = 5,
  kSettingsOfMigrated = 6,  // Settings, and what was brought in.
};

void put_duration(ByteWriter& out, Microseconds duration) {
  out.put_u64(static_cast<std::uint64_t>(duration.count()));
}

Microseconds read_duration(ByteReader& in) {
  return Microseconds(static_cast<std::int64_t>(in.u64()));
}

void put_offsets(const std::vector<Offset>& offsets, ByteWriter& out) {
  out.put_u32(static_cast<std::uint32_t>(offsets.size()));
  for (const Offset offset : offsets) {
    out.put_u64(offset.value());
  }
}

std::vector<Offset> read_offsets(ByteReader& in) {
  std::vector<Offset> offsets;
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    offsets.emplace_back(in.u64());
  }
  return offsets;
}

MigratedLog read_migrated(ByteReader& in) {
  MigratedLog migrated;
  migrated.is_done = in.u8() != 0;
  const bool is_cut = in.u8() != 0;
  const ProcessingTime from = in.processing_time();
  migrated.complete_from = is_cut ? std::optional(from) : std::nullopt;
  migrated.log.log = LogId(in.u64());
  migrated.log.ends = read_offsets(in);
  migrated.log.in = read_offsets(in);
  return migrated;
}

struct Encoder {
  ByteWriter& out;

  void operator()(const CollectorJoined& joined) const {
    out.put_u8(static_cast<std::uint8_t>(NoteKind::kJoined));
    out.put_u64(joined.collector.value());
  }
  void operator()(const CollectorReport& report) const {
    out.put_u8(static_cast<std::uint8_t>(NoteKind::kReport));
    out.put_u64(report.collector.value());
    out.put_time(report.oldest_unsettled);
    out.put_time(report.clock);
    out.put_u32(static_cast<std::uint32_t>(report.accounts.size()));
    for (const CollectorAccount& account : report.accounts) {
      put_account(account, out);
    }
  }
  void operator()(const CollectorGone& gone) const {
    out.put_u8(static_cast<std::uint8_t>(NoteKind::kGone));
    out.put_u64(gone.collector.value());
    out.put_u8(gone.by_itself ? 1 : 0);
  }
  void operator()(const ClusterSettings& settings) const {
    out.put_u8(static_cast<std::uint8_t>(settings.migrated ? NoteKind::kSettingsOfMigrated
                                                           : NoteKind::kSettings));
    out.put_u32(settings.epoch.value());
    put_duration(out, settings.dedup_window);
    out.put_u8(static_cast<std::uint8_t>(settings.dedup_scope));
    out.put_u32(settings.missed_sample);
    put_duration(out, settings.out_of_order_bound);
    put_duration(out, settings.idle_timeout);
    out.put_u64(settings.key_id);
    out.put_u32(settings.event_partitions);
    out.put_u32(settings.claim_partitions);
    out.put_string(settings.views);
    out.put_string(settings.events_topic);
    if (settings.migrated) {
      put(*settings.migrated);
    }
  }
  void put(const MigratedLog& migrated) const {
    out.put_u8(migrated.is_done ? 1 : 0);
    out.put_u8(migrated.complete_from ? 1 : 0);
    out.put_time(migrated.complete_from.value_or(ProcessingTime()));
    out.put_u64(migrated.log.log.value());
    put_offsets(migrated.log.ends, out);
    put_offsets(migrated.log.in, out);
  }
  void operator()(const SnapshotPart& part) const {
    out.put_u8(static_cast<std::uint8_t>(NoteKind::kSnapshot));
    out.put_u64(part.as_of.value());
    out.put_u64(part.nonce);
    out.put_u32(part.index);
    out.put_u32(part.count);
    out.put_string(part.bytes);
  }
};

CollectorReport read_report(ByteReader& in) {
  CollectorReport report{.collector = CollectorId(in.u64()),
                         .oldest_unsettled = in.processing_time()};
  report.clock = in.processing_time();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    report.accounts.push_back(take_account(in));
  }
  return report;
}

SnapshotPart read_snapshot_part(ByteReader& in) {
  SnapshotPart part{.as_of = Offset(in.u64()), .nonce = in.u64()};
  part.index = in.u32();
  part.count = in.u32();
  part.bytes = in.string();
  return part;
}

/// Nothing: it has a scope that there is not.
std::optional<ClusterSettings> read_settings(ByteReader& in) {
  ClusterSettings settings{.epoch = SettingsEpoch(in.u32())};
  settings.dedup_window = read_duration(in);
  settings.dedup_scope = static_cast<DedupScope>(in.u8());
  settings.missed_sample = in.u32();
  settings.out_of_order_bound = read_duration(in);
  settings.idle_timeout = read_duration(in);
  settings.key_id = in.u64();
  settings.event_partitions = in.u32();
  settings.claim_partitions = in.u32();
  settings.views = in.string();
  settings.events_topic = in.string();
  const bool has_scope =
      settings.dedup_scope == DedupScope::kExact || settings.dedup_scope == DedupScope::kPartition;
  return has_scope ? std::optional(std::move(settings)) : std::nullopt;
}

/// Into `note`, where it is made: g++ 12 warns falsely of variants that are moved. False: it is
/// none of ours.
bool read_note(ByteReader& in, ControlNote& note) {
  const auto kind = static_cast<NoteKind>(in.u8());
  switch (kind) {
    case NoteKind::kJoined:
      note.emplace<CollectorJoined>(CollectorJoined{CollectorId(in.u64())});
      return true;
    case NoteKind::kReport:
      note.emplace<CollectorReport>(read_report(in));
      return true;
    case NoteKind::kGone: {
      const CollectorId collector(in.u64());
      note.emplace<CollectorGone>(CollectorGone{.collector = collector, .by_itself = in.u8() != 0});
      return true;
    }
    case NoteKind::kSettings:
    case NoteKind::kSettingsOfMigrated: {
      std::optional<ClusterSettings> settings = read_settings(in);
      if (!settings) {
        return false;
      }
      if (kind == NoteKind::kSettingsOfMigrated) {
        settings->migrated = read_migrated(in);
      }
      note.emplace<ClusterSettings>(std::move(*settings));
      return true;
    }
    case NoteKind::kSnapshot:
      note.emplace<SnapshotPart>(read_snapshot_part(in));
      return true;
  }
  return false;
}

}  // namespace

void put_account(const CollectorAccount& account, ByteWriter& out) {
  out.put_u64(account.settled);
  out.put_u64(account.settled_end.value());
  put_tally(account.acknowledged, out);
  out.put_u64(account.mark);
  put_tally(account.acknowledged_at_mark, out);
  out.put_u32(static_cast<std::uint32_t>(account.unknown.size()));
  for (const UnknownRecord& unknown : account.unknown) {
    out.put_u64(unknown.sequence);
    out.put_u64(unknown.id.low);
    out.put_u64(unknown.id.high);
    out.put_u64(unknown.resolved_at.value());
  }
}

CollectorAccount take_account(ByteReader& in) {
  CollectorAccount account{.settled = in.u64(), .settled_end = Offset(in.u64())};
  account.acknowledged = take_tally(in);
  account.mark = in.u64();
  account.acknowledged_at_mark = take_tally(in);
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    UnknownRecord& unknown = account.unknown.emplace_back();
    unknown.sequence = in.u64();
    unknown.id.low = in.u64();
    unknown.id.high = in.u64();
    unknown.resolved_at = Offset(in.u64());
  }
  return account;
}

std::string encode_note(const ControlNote& note) {
  std::string bytes;
  ByteWriter out(bytes);
  std::visit(Encoder{out}, note);
  return bytes;
}

Result<ControlNote> decode_note(std::string_view bytes) {
  ByteReader in(bytes);
  Result<ControlNote> note{ControlNote()};
  if (!read_note(in, *note) || !in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "a record of the topic of control is none of ours",
                 "let Hapax alone append to that topic"};
  }
  return note;
}

}  // namespace hapax
