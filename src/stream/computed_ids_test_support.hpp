// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hash/mix64.hpp"
#include "stream/frozen_ids.hpp"
#include "stream/id_bytes.hpp"
#include "testing/memory_state_store.hpp"

namespace hapax {

/// A store of the ids with the numbers 0, 1, 2, ..., added in this order, that keeps none of them:
/// which numbers a run has is enough to compute each of its pages, so a billion ids need no disk.
/// Real are the bytes of a page that is found, and that one is found in the run or in the merged
/// slices where a checkpoint put it, and nowhere else. Not in it: what writing, sorting and merging
/// cost, and that pages differ in size (here they do by one id at most).
class ComputedIdsStore : public MemoryStateStore {
 public:
  /// Numbers from `first` to before `end`.
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t end = 0;

    std::uint64_t size() const { return end - first; }
  };

  /// The highest 32 bits are those of the number in reverse, so that the ids of a page are numbers
  /// at equal distances; the others are mixed, and filters see nothing else.
  static SeenId id_of(std::uint64_t number) {
    const std::uint64_t mixed = mix64(number + 1);
    return {.id = {.low = std::uint64_t{reversed(static_cast<std::uint32_t>(number))} << 32U |
                          mixed >> 32U,
                   .high = mix64(~number)},
            .content = mixed};
  }

  /// As a checkpoint, all of whose ids come after those of the last. Fills the filters of its runs.
  void take(const FrozenIds& frozen) {
    for (const IdMerge& merge : frozen.merges) {
      take(merge);
    }
    for (const FrozenIds::Run& run : frozen.runs) {
      const Range ids{next_, next_ + run.run.ids};
      next_ = ids.end;
      fill(*run.run.filter, ids);
      const Stored none{.ids = {ids.first, ids.first}};
      Stored& bucket = buckets_.try_emplace(run.bucket, none).first->second;
      bucket.ids.end = ids.end;
      bucket.runs[run.run.number] = ids;
    }
    for (const FrozenIds::Filter& filter : frozen.filters) {
      const BloomFilter& stored = filter.to_store();
      buckets_.at(filter.bucket).filter =
          &stored == filter.filter.get()
              ? filter.filter
              : std::shared_ptr<const BloomFilter>(filter.folded, &stored);
    }
    for (const BucketId bucket : frozen.dropped_buckets) {
      buckets_.erase(bucket);
    }
  }

  /// As RocksDB would.
  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    ++finds;
    const Stored* const bucket = bucket_of(table);
    if (bucket == nullptr) {
      return std::optional<std::string>();
    }
    if (table.starts_with("runs.")) {
      return page_of_run(*bucket, number_at(key, 0), number_at(key, 4));
    }
    return key.size() > kPageKeyBytes ? piece(*bucket, key)
                                      : merged_page(*bucket, number_at(key, 0));
  }

  /// Of the pages of a run, the last one included, as a start reads them.
  Result<void> scan(std::string_view table, std::string_view from, std::string_view to,
                    const Visit& visit) override {
    const Stored* const bucket = bucket_of(table);
    const std::uint64_t last = bucket != nullptr ? number_at(to, 4) : 0;
    std::string key(from.substr(0, 4));
    for (std::uint64_t page = number_at(from, 4); bucket != nullptr && page <= last; ++page) {
      key.resize(4);
      put_big_endian(static_cast<std::uint32_t>(page), key);
      const auto found = page_of_run(*bucket, number_at(from, 0), static_cast<std::uint32_t>(page));
      if (found && !visit(key, *found)) {
        break;
      }
    }
    return {};
  }

  bool is_half_merged(BucketId bucket) const {
    const Stored& stored = buckets_.at(bucket);
    return stored.merged_slices > 0 && !stored.runs.empty();
  }

  /// How many ids are in runs of buckets with several: what a start reads.
  std::uint64_t unmerged() const {
    std::uint64_t ids = 0;
    for (const auto& [id, bucket] : buckets_) {
      ids += bucket.runs.size() > 1 ? bucket.ids.size() : 0;
    }
    return ids;
  }

  std::uint64_t finds = 0;

 private:
  struct Stored {
    Range ids;
    std::map<std::uint32_t, Range> runs = {};
    std::uint8_t merged_slices = 0;
    std::uint8_t page_bits = 0;
    std::shared_ptr<const BloomFilter> filter = nullptr;
  };
  static constexpr std::size_t kPageKeyBytes =
      4;  ///< Of a merged page; that of a filter is longer.
  static constexpr std::size_t kFilterKeyBytes = 22;

  /// Null when there is none.
  const Stored* bucket_of(std::string_view table) const {
    const std::string number(table.substr(table.find('.') + 1));
    const auto bucket = buckets_.find(BucketId(static_cast<std::uint32_t>(std::stoul(number))));
    return bucket == buckets_.end() ? nullptr : &bucket->second;
  }

  static std::optional<std::string> piece(const Stored& bucket, std::string_view key) {
    const std::size_t number = key.size() > kFilterKeyBytes ? number_at(key, kFilterKeyBytes) : 0;
    return bucket.filter ? std::optional(std::string(bucket.filter->piece(number))) : std::nullopt;
  }

  static std::uint32_t reversed(std::uint32_t bits) {
    bits = (bits >> 1U & 0x55555555U) | (bits & 0x55555555U) << 1U;
    bits = (bits >> 2U & 0x33333333U) | (bits & 0x33333333U) << 2U;
    bits = (bits >> 4U & 0x0F0F0F0FU) | (bits & 0x0F0F0F0FU) << 4U;
    return __builtin_bswap32(bits);
  }

  static std::uint32_t number_at(std::string_view key, std::size_t at) {
    return static_cast<std::uint32_t>(read_big_endian(key.substr(at, 4)));
  }

  static void fill(BloomFilter& filter, const Range& ids) {
    for (std::uint64_t number = ids.first; number < ids.end; ++number) {
      filter.add(id_of(number).id);
    }
  }

  void take(const IdMerge& merge) {
    Stored& bucket = buckets_.at(merge.bucket);
    if (merge.slices) {
      bucket.merged_slices = merge.slices->end;
      bucket.page_bits = merge.slices->page_bits;
      if (merge.slices->is_rest()) {
        bucket.runs.clear();
      }
      return;
    }
    const Range ids{bucket.runs.at(merge.from.front().number).first,
                    bucket.runs.at(merge.from.back().number).end};
    for (const IdRun& run : merge.from) {
      bucket.runs.erase(run.number);
    }
    fill(*merge.to.filter, ids);
    bucket.runs[merge.to.number] = ids;
  }

  static std::optional<std::string> merged_page(const Stored& bucket, std::uint32_t page) {
    const std::uint32_t slice = page >> (bucket.page_bits - SlicePlan(bucket.page_bits).bits());
    return slice < bucket.merged_slices ? page_of(bucket.ids, bucket.page_bits, page)
                                        : std::nullopt;
  }

  static std::optional<std::string> page_of_run(const Stored& bucket, std::uint32_t number,
                                                std::uint32_t page) {
    const auto run = bucket.runs.find(number);
    return run == bucket.runs.end() ? std::nullopt
                                    : page_of(run->second, page_bits_for(run->second.size()), page);
  }

  static std::optional<std::string> page_of(const Range& ids, std::uint8_t page_bits,
                                            std::uint32_t page) {
    const std::uint64_t step = std::uint64_t{1} << page_bits;
    const std::uint64_t rest = std::uint64_t{reversed(page)} >> (32U - page_bits);
    std::vector<SeenId> found;
    for (std::uint64_t number = ids.first + ((rest - ids.first) & (step - 1)); number < ids.end;
         number += step) {
      found.push_back(id_of(number));
    }
    std::ranges::sort(found, {}, &SeenId::id);
    std::string bytes;
    for (const SeenId& seen : found) {
      put_id(seen.id, bytes);
      put_big_endian(seen.content, bytes);
    }
    return found.empty() ? std::nullopt : std::optional(bytes);
  }

  std::map<BucketId, Stored> buckets_;
  std::uint64_t next_ = 0;
};

}  // namespace hapax
