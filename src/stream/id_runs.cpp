// SPDX-License-Identifier: Apache-2.0
#include "stream/id_runs.hpp"

#include <algorithm>
#include <bit>
#include <string_view>

#include "stream/id_bytes.hpp"

namespace hapax {
namespace {

constexpr std::uint64_t kIdsPerPageMax = 128;  ///< On average.
constexpr std::uint8_t kPageBitsMax = 32;
/// Filters of runs that are fetched ahead: there may be hundreds, each on pages of its own.
constexpr std::ptrdiff_t kFiltersAhead = 16;
constexpr int kSlicePageBits = 13;  ///< Of the pages of a slice, between these bounds.
constexpr std::size_t kPageNumberBytes = 4;
constexpr std::size_t kPlaceBytes = kIdBytes + kContentBytes;  ///< Of an id in a page.

std::uint32_t page_of(const Hash128& id, unsigned page_bits) {
  return page_bits == 0 ? 0 : static_cast<std::uint32_t>(id.low >> (64 - page_bits));
}

std::string page_key(const IdPages& pages, std::uint32_t page) {
  std::string key(pages.prefix);
  put_big_endian(page, key);
  return key;
}

void append_ids(std::string_view page, std::vector<SeenId>& to) {
  for (; !page.empty(); page.remove_prefix(kPlaceBytes)) {
    to.push_back({.id = read_id(page), .content = read_big_endian(page.substr(kIdBytes, 8))});
  }
}

bool is_page(std::string_view value) {
  return !value.empty() && value.size() % kPlaceBytes == 0;
}

std::optional<std::uint64_t> find_in_page(std::string_view page, const Hash128& id) {
  std::size_t from = 0;
  for (std::size_t count = page.size() / kPlaceBytes; count > 0;) {
    const std::size_t half = count / 2;
    const Hash128 there = read_id(page.substr((from + half) * kPlaceBytes));
    if (there == id) {
      return read_big_endian(page.substr((from + half) * kPlaceBytes + kIdBytes, kContentBytes));
    }
    from += there < id ? half + 1 : 0;
    count = there < id ? count - half - 1 : half;
  }
  return std::nullopt;
}

Result<std::optional<std::uint64_t>> find_in_pages(StateStore& store, const IdPages& pages,
                                                   const Hash128& id) {
  HAPAX_ASSIGN(const std::optional<std::string> page,
               store.find(pages.table, page_key(pages, page_of(id, pages.page_bits))));
  if (!page) {
    return std::optional<std::uint64_t>();
  }
  if (!is_page(*page)) {
    return damaged_id(pages.bucket);
  }
  return find_in_page(*page, id);
}

/// The pages `first` to `last`.
Result<void> scan_pages(StateStore& store, const IdPages& pages, std::uint32_t first,
                        std::uint32_t last, const std::function<void(std::string_view)>& visit) {
  bool sound = true;
  HAPAX_TRY(store.scan(pages.table, page_key(pages, first), page_key(pages, last).append(1, '\0'),
                       [&](std::string_view key, std::string_view page) {
                         sound =
                             key.size() == pages.prefix.size() + kPageNumberBytes && is_page(page);
                         if (sound) {
                           visit(page);
                         }
                         return sound;
                       }));
  return sound ? Result<void>() : damaged_id(pages.bucket);
}

std::uint32_t last_page(unsigned page_bits) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << page_bits) - 1);
}

}  // namespace

void IdRuns::encode(ByteWriter& out) const {
  out.put_u8(by_row ? 1 : 0);
  out.put_u32(next_run);
  out.put_u32(static_cast<std::uint32_t>(runs.size()));
  for (const IdRun& run : runs) {
    out.put_u32(run.number);
    out.put_u8(run.page_bits);
    out.put_u64(run.ids);
  }
  out.put_u8(merged_slices);
  out.put_u8(merged_page_bits);
}

Result<IdRuns> IdRuns::decode(ByteReader& in, std::uint64_t ids) {
  IdRuns decoded{.by_row = in.u8() != 0, .next_run = in.u32()};
  bool sound = true;
  std::uint64_t in_runs = 0;
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    const std::uint32_t number = in.u32();
    const std::uint8_t page_bits = in.u8();
    const IdRun run{.number = number, .page_bits = page_bits, .ids = in.u64()};
    sound = sound && run.number < decoded.next_run && run.page_bits == page_bits_for(run.ids);
    in_runs += run.ids;
    decoded.runs.push_back(run);
  }
  decoded.merged_slices = in.u8();
  decoded.merged_page_bits = in.u8();
  sound = sound && decoded.merged_page_bits <= kPageBitsMax &&
          decoded.merged_slices <= decoded.plan().count() &&
          (decoded.merged_slices == 0 || decoded.merged_page_bits >= SlicePlan::kBitsMin) &&
          in_runs == (decoded.by_row || decoded.is_merged() ? 0 : ids);
  if (!sound || !in.ok()) {
    return Error{ErrorKind::kCorrupt, "runs of ids that are not those of their bucket", kRebuild};
  }
  return decoded;
}

IdRun make_run(std::uint32_t number, std::uint64_t ids) {
  const std::uint64_t capacity = std::max(std::bit_ceil(ids), BloomFilter::kIdsPerBlock);
  return {.number = number,
          .page_bits = page_bits_for(ids),
          .ids = ids,
          .filter = std::make_shared<BloomFilter>(capacity)};
}

std::uint8_t page_bits_for(std::uint64_t ids) {
  return static_cast<std::uint8_t>(
      std::bit_width((std::max<std::uint64_t>(ids, 1) - 1) / kIdsPerPageMax));
}

SlicePlan::SlicePlan(std::uint8_t merged_page_bits)
    : bits_(static_cast<std::uint8_t>(
          std::clamp<int>(merged_page_bits - kSlicePageBits, kBitsMin, kBitsMax))) {}

std::string runs_table(BucketId bucket) {
  return std::string("runs.").append(std::to_string(bucket.value()));
}

IdPages IdPages::of_run(BucketId bucket, const IdRun& run) {
  IdPages pages{.bucket = bucket, .table = runs_table(bucket), .page_bits = run.page_bits};
  put_big_endian(run.number, pages.prefix);
  return pages;
}

IdPages IdPages::of_merged(BucketId bucket, std::uint8_t page_bits) {
  return {.bucket = bucket, .table = ids_table(bucket), .prefix = {}, .page_bits = page_bits};
}

StateWrite::Range range_of(const IdPages& pages) {
  return {page_key(pages, 0), page_key(pages, last_page(pages.page_bits)).append(1, '\0')};
}

void put_pages(std::span<const std::vector<SeenId>> parts, const IdPages& pages, TableChanges& to) {
  std::vector<std::span<const SeenId>> left(parts.begin(), parts.end());
  std::vector<SeenId> page;
  std::string bytes;
  const auto is_empty = [](std::span<const SeenId> part) { return part.empty(); };
  while (std::erase_if(left, is_empty), !left.empty()) {
    std::uint32_t number = UINT32_MAX;
    for (const auto& part : left) {
      number = std::min(number, page_of(part.front().id, pages.page_bits));
    }
    page.clear();
    for (auto& part : left) {
      std::size_t count = 0;
      while (count < part.size() && page_of(part[count].id, pages.page_bits) == number) {
        ++count;
      }
      page.insert(page.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
      part = part.subspan(count);
    }
    if (parts.size() > 1) {
      std::ranges::sort(page, {}, &SeenId::id);
    }
    bytes.clear();
    for (const SeenId& seen : page) {
      put_id(seen.id, bytes);
      put_big_endian(seen.content, bytes);
    }
    to.put(page_key(pages, number), bytes);
  }
}

Result<void> read_slice(StateStore& store, const IdPages& pages, const SlicePlan& plan,
                        std::uint8_t slice, std::vector<SeenId>& to) {
  const std::uint64_t first = std::uint64_t{slice} << pages.page_bits >> plan.bits();
  const std::uint64_t last = (((slice + std::uint64_t{1}) << pages.page_bits) - 1) >> plan.bits();
  HAPAX_TRY(scan_pages(store, pages, static_cast<std::uint32_t>(first),
                       static_cast<std::uint32_t>(last),
                       [&](std::string_view page) { append_ids(page, to); }));
  if (pages.page_bits < plan.bits()) {  // A page has ids of several.
    std::erase_if(to, [&](const SeenId& seen) { return plan.slice_of(seen.id) != slice; });
  }
  return {};
}

Result<void> scan_run(StateStore& store, BucketId bucket, const IdRun& run,
                      const std::function<void(const SeenId&)>& visit) {
  std::uint64_t found = 0;
  std::vector<SeenId> ids;
  HAPAX_TRY(scan_pages(store, IdPages::of_run(bucket, run), 0, last_page(run.page_bits),
                       [&](std::string_view page) {
                         ids.clear();
                         append_ids(page, ids);
                         std::ranges::for_each(ids, visit);
                         found += ids.size();
                       }));
  if (found != run.ids) {
    return Error{ErrorKind::kCorrupt,
                 "a run of dedup bucket " + std::to_string(bucket.value()) + " holds " +
                     std::to_string(found) + " ids instead of " + std::to_string(run.ids),
                 kRebuild};
  }
  return {};
}

Result<std::optional<std::uint64_t>> find_id(StateStore& store, BucketId bucket, const IdRuns& runs,
                                             const Hash128& id) {
  if (runs.by_row) {
    return find_id(store, bucket, id);
  }
  if (runs.is_merged(id)) {
    return find_in_pages(store, IdPages::of_merged(bucket, runs.merged_page_bits), id);
  }
  const BloomBits bits(id);
  for (auto run = runs.runs.rbegin(); run != runs.runs.rend(); ++run) {
    if (runs.runs.rend() - run > kFiltersAhead) {
      run[kFiltersAhead].prefetch(id);
    }
    if (!run->maybe(bits)) {
      continue;
    }
    HAPAX_ASSIGN(const std::optional<std::uint64_t> content,
                 find_in_pages(store, IdPages::of_run(bucket, *run), id));
    if (content) {
      return content;
    }
  }
  return std::optional<std::uint64_t>();
}

// Runs that come are behind those that stay; their filters are being filled.
Result<std::optional<std::uint64_t>> find_moved(StateStore& store, BucketId bucket,
                                                const IdRuns& before, const IdRuns& later,
                                                const Hash128& id) {
  const auto [goes, comes] = std::ranges::mismatch(before.runs, later.runs);
  if (before.is_merged(id) || (goes == before.runs.end() && !later.is_merged(id))) {
    return std::optional<std::uint64_t>();
  }
  if (later.is_merged(id)) {
    return find_in_pages(store, IdPages::of_merged(bucket, later.merged_page_bits), id);
  }
  for (auto run = comes; run != later.runs.end(); ++run) {
    HAPAX_ASSIGN(const std::optional<std::uint64_t> content,
                 find_in_pages(store, IdPages::of_run(bucket, *run), id));
    if (content) {
      return content;
    }
  }
  return std::optional<std::uint64_t>();
}

}  // namespace hapax
