// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/bloom_filter.hpp"
#include "stream/id_table.hpp"

namespace hapax {

/// Ids of one bucket that were written together, ascending, in pages: page p of 2^page_bits holds
/// those whose `low` begins with the bits of p. A page is a row of a table.
struct IdRun {
  std::uint32_t number = 0;  ///< Within the bucket; never used again.
  std::uint8_t page_bits = 0;
  std::uint64_t ids = 0;
  /// Of its ids, in memory only, once the run is in the store. Null: each may be one of them.
  std::shared_ptr<BloomFilter> filter = nullptr;

  bool maybe(const BloomBits& bits) const { return !filter || filter->maybe(bits); }
  void prefetch(const Hash128& id) const {
    if (filter) {
      filter->prefetch(id);
    }
  }
  friend bool operator==(const IdRun& one, const IdRun& other) {
    return one.number == other.number;
  }
};

/// How a bucket is merged, slice by slice: the ids of one have the first bits of `low` in common, 4
/// to 7 of them, so that it has at most a million ids, or two of a bucket of the greatest capacity.
class SlicePlan {
 public:
  static constexpr std::uint8_t kBitsMin = 4;
  static constexpr std::uint8_t kBitsMax = 7;  ///< The number of slices is stored in a byte.

  /// Of a merged run of such pages.
  explicit SlicePlan(std::uint8_t merged_page_bits);

  std::uint8_t bits() const { return bits_; }
  std::uint8_t count() const { return static_cast<std::uint8_t>(1U << bits_); }
  std::uint8_t slice_of(const Hash128& id) const {
    return static_cast<std::uint8_t>(id.low >> (64U - bits_));
  }

 private:
  std::uint8_t bits_;
};

/// Where the store has the ids of a bucket. Format: docs/formats/state.md.
/// Runs are in the table "runs.<bucket>". Once the bucket takes no more they are merged into one,
/// in the table "ids.<bucket>", slice by slice: those whose `low` begins with the same bits.
struct IdRuns {
  bool by_row = false;                ///< None of that: each id is a row of "ids.<bucket>".
  std::uint32_t next_run = 0;         ///< Number of the next one.
  std::vector<IdRun> runs = {};       ///< In the order of their making.
  std::uint8_t merged_slices = 0;     ///< The first ones. All of them: there are no runs any more.
  std::uint8_t merged_page_bits = 0;  ///< At least those of a slice when there is one.

  bool empty() const { return !by_row && runs.empty() && merged_slices == 0; }
  SlicePlan plan() const { return SlicePlan(merged_page_bits); }
  bool is_merged() const { return merged_slices == plan().count(); }
  /// Whether `id`, if it is stored here, is in the merged run.
  bool is_merged(const Hash128& id) const { return plan().slice_of(id) < merged_slices; }

  void encode(ByteWriter& out) const;
  /// Of a bucket of `ids` ids. Errors: kCorrupt.
  static Result<IdRuns> decode(ByteReader& in, std::uint64_t ids);

  friend bool operator==(const IdRuns&, const IdRuns&) = default;
};

/// A run of so many ids, with an empty filter of 16 to 32 bits an id: of an id that the filter of
/// the bucket takes for one of its own hundreds of runs may be asked, and next to none must be
/// read.
IdRun make_run(std::uint32_t number, std::uint64_t ids);

/// Of the pages of so many ids: each has 64 to 128 on average.
std::uint8_t page_bits_for(std::uint64_t ids);

std::string runs_table(BucketId bucket);

/// Pages of ids in one table, under keys that begin alike.
struct IdPages {
  BucketId bucket;
  std::string table;
  std::string prefix = {};
  std::uint8_t page_bits = 0;

  static IdPages of_run(BucketId bucket, const IdRun& run);
  static IdPages of_merged(BucketId bucket, std::uint8_t page_bits);
};

/// What `prefix` has of pages, and not more. For StateWrite::Table::erased.
StateWrite::Range range_of(const IdPages& pages);

/// Adds to `to` the pages of what `parts` have together; each is ascending, and they have nothing
/// in common.
void put_pages(std::span<const std::vector<SeenId>> parts, const IdPages& pages, TableChanges& to);

/// Appends the ids of `pages` that `plan` has in `slice` to `to`, ascending.
/// Errors: kCorrupt; those of the store.
Result<void> read_slice(StateStore& store, const IdPages& pages, const SlicePlan& plan,
                        std::uint8_t slice, std::vector<SeenId>& to);

/// All ids of a run, a page at a time. Errors: as read_slice(); kCorrupt, they are not as many as
/// `run` says.
Result<void> scan_run(StateStore& store, BucketId bucket, const IdRun& run,
                      const std::function<void(const SeenId&)>& visit);

/// SeenId::content stored with `id`. Cost: a disk read at worst, so ask the filter of the bucket
/// first. Errors: as read_slice().
Result<std::optional<std::uint64_t>> find_id(StateStore& store, BucketId bucket, const IdRuns& runs,
                                             const Hash128& id);

/// The same of an id that is not, or not any more, where `before` says, while a checkpoint makes
/// `later` of it. Cost: reads what was merged, and of what stays where it is nothing.
Result<std::optional<std::uint64_t>> find_moved(StateStore& store, BucketId bucket,
                                                const IdRuns& before, const IdRuns& later,
                                                const Hash128& id);

}  // namespace hapax
