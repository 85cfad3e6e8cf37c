// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/record_header.hpp"
#include "core/digest.hpp"
#include "core/event_tally.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "record/log_place.hpp"

namespace hapax {

/// A record of a collector of which it is not known whether it was appended.
struct UnknownRecord {
  std::uint64_t sequence = 0;
  Hash128 id = {};  ///< As of IdHasher::event_id().
  /// Once the log is read up to here, it is there or it never will be.
  Offset resolved_at = {};

  friend bool operator==(const UnknownRecord&, const UnknownRecord&) = default;
};

/// What a collector says of its records in one partition.
struct CollectorAccount {
  /// Of its records up to here all are settled: acknowledged, or not known and listed.
  std::uint64_t settled = 0;
  Offset settled_end = {};       ///< Those of them that are there are below it.
  EventTally acknowledged = {};  ///< Of them.
  /// Those up to `mark`, the greatest multiple of kMarkRecords that is not above `settled`.
  std::uint64_t mark = 0;
  EventTally acknowledged_at_mark = {};
  std::vector<UnknownRecord> unknown = {};  ///< By sequence; of `settled` ones all.

  friend bool operator==(const CollectorAccount&, const CollectorAccount&) = default;
};

/// Records of a collector in a partition between two places where its account is compared.
constexpr std::uint64_t kMarkRecords = 256;

/// A collector begins.
struct CollectorJoined {
  CollectorId collector = {};
  friend bool operator==(const CollectorJoined&, const CollectorJoined&) = default;
};

/// How far a collector is; each says all that the one before said.
struct CollectorReport {
  CollectorId collector = {};
  /// None of its records that is still to come was received before.
  ProcessingTime oldest_unsettled = {};
  /// What its clock said when it made this: whoever reads when the topic took it sees how far that
  /// clock is off.
  ProcessingTime clock = {};
  std::vector<CollectorAccount> accounts = {};  ///< By partition.
  friend bool operator==(const CollectorReport&, const CollectorReport&) = default;
};

/// Nobody waits for a collector any more: it said so itself, or said nothing for too long. It takes
/// nothing more once it reads this.
struct CollectorGone {
  CollectorId collector = {};
  bool by_itself = false;  ///< After all of its records were settled and reported.
  friend bool operator==(const CollectorGone&, const CollectorGone&) = default;
};

/// Where an id counts once. Stored.
enum class DedupScope : std::uint8_t {
  kExact = 1,      ///< In the cluster.
  kPartition = 2,  ///< In each partition of events.
};

/// The events of one machine are brought into the cluster before its collectors take any.
struct MigratedLog {
  FormerLog log;         ///< Its ends are known once it is done.
  bool is_done = false;  ///< Until then nobody else appends events.
  /// Some that were received before then are not among them. Nothing: all are there.
  std::optional<ProcessingTime> complete_from = {};
  friend bool operator==(const MigratedLog&, const MigratedLog&) = default;
};

/// What all roles of a cluster must agree on, since results depend on it, from now on. The first
/// note of an epoch holds, and only the one behind the last is taken: whoever else wrote it
/// meanwhile reads that it came too late.
struct ClusterSettings {
  SettingsEpoch epoch = {};
  Microseconds dedup_window = {};  ///< At least 1 us.
  DedupScope dedup_scope = DedupScope::kExact;
  /// Of ids, of MissedDuplicates::kWhole: in how many partitions each of them counts; 0 of kExact.
  std::uint32_t missed_sample = 0;
  Microseconds out_of_order_bound = {};
  Microseconds idle_timeout = {};
  std::uint64_t key_id = 0;  ///< IdHasher::key_id() of the secret key of ids.
  std::uint32_t event_partitions = 0;
  std::uint32_t claim_partitions = 0;
  std::string views = {};         ///< As of encode_catalog(), docs/formats/catalog.md.
  std::string events_topic = {};  ///< Its Topic::id().
  std::optional<MigratedLog> migrated = {};

  bool is_migrating() const { return migrated && !migrated->is_done; }
  friend bool operator==(const ClusterSettings&, const ClusterSettings&) = default;
};

/// A part of what the notes below `as_of` come to (ControlState): a start needs not read what is
/// before it. It is a function of these notes, so it is true whoever says it, and however late.
struct SnapshotPart {
  Offset as_of = {};
  std::uint64_t nonce = 0;  ///< Drawn for each snapshot: parts of one have the same.
  std::uint32_t index = 0;  ///< Which part it is,
  std::uint32_t count = 0;  ///< of so many.
  std::string bytes = {};
  friend bool operator==(const SnapshotPart&, const SnapshotPart&) = default;
};

/// What holds before any note.
inline const ClusterSettings kFirstSettings{.epoch = SettingsEpoch(0),
                                            .dedup_window = std::chrono::hours(24 * 7)};

/// A record of the topic of control, which has one partition. Format: docs/formats/cluster.md.
using ControlNote =
    std::variant<CollectorJoined, CollectorReport, CollectorGone, ClusterSettings, SnapshotPart>;

void put_account(const CollectorAccount& account, ByteWriter& out);
CollectorAccount take_account(ByteReader& in);

std::string encode_note(const ControlNote& note);
/// Errors: kCorrupt.
Result<ControlNote> decode_note(std::string_view bytes);

}  // namespace hapax
