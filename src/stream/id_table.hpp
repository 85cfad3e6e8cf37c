// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/bloom_filter.hpp"

namespace hapax {

/// A group of ids that arrived one after the other (stream/dedup_index.hpp). Never reused.
using BucketId = StrongId<struct BucketTag, std::uint32_t>;

/// What dedup remembers of an event: its id, and hashes that tell a retry from another event under
/// the same id, and from the same event at another time.
struct SeenId {
  static constexpr unsigned kTimeBits = 24;

  Hash128 id;
  /// A hash of what the event says, 40 bits, above one of its event time. That another event passes
  /// for the same has odds of 1 in 10^12, that another time does of 1 in 17 million; neither
  /// changes what is counted.
  std::uint64_t content = 0;

  static constexpr std::uint64_t pack(std::uint64_t content_hash, std::uint64_t time_hash) {
    return content_hash << kTimeBits | time_hash >> (64 - kTimeBits);
  }
  /// Whether what it says is the same, whatever its time.
  static constexpr bool same_content(std::uint64_t one, std::uint64_t other) {
    return one >> kTimeBits == other >> kTimeBits;
  }

  friend bool operator==(const SeenId&, const SeenId&) = default;
};

// A bucket has a table of the store, "ids.<bucket>", with its filter once it is sealed. Of an older
// state it has its ids, too, each a row; else those are in pages (id_runs.hpp). Format:
// docs/formats/state.md.

std::string ids_table(BucketId bucket);

/// After all pages of the same write.
void put_filter(const BloomFilter& filter, TableChanges& to);

/// SeenId::content of the row of `id` in `bucket`. Cost: a disk read at worst, so ask a filter
/// first. Errors: kCorrupt; those of the store.
Result<std::optional<std::uint64_t>> find_id(StateStore& store, BucketId bucket, const Hash128& id);
/// Every id of `bucket` that is a row. Errors: as find_id().
Result<void> scan_ids(StateStore& store, BucketId bucket,
                      const std::function<void(const SeenId&)>& visit);
/// Fills `filter`, an empty one of its capacity, with that stored with `bucket`. Errors: as
/// find_id(); kCorrupt when there is none.
Result<void> read_filter(StateStore& store, BucketId bucket, BloomFilter& filter);

}  // namespace hapax
