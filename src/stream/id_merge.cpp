// SPDX-License-Identifier: Apache-2.0
#include "stream/id_merge.hpp"

#include <algorithm>

namespace hapax {
namespace {

// With the first alone, a bucket whose checkpoints bring a little more than a 16th of a tail would
// have thousands of runs. With the second, checkpoints that bring a quarter are left as they are.
constexpr std::ptrdiff_t kTailRuns = 16;
constexpr std::ptrdiff_t kLargeTailRuns = 4;  ///< When all but the oldest have a quarter.

Result<void> add_tail(const IdMerge& merge, StateWrite::Table& table, StateStore& store) {
  std::vector<std::vector<SeenId>> parts;
  for (const IdRun& run : merge.from) {
    std::vector<SeenId>& ids = parts.emplace_back();
    ids.reserve(run.ids);
    HAPAX_TRY(scan_run(store, merge.bucket, run, [&](const SeenId& seen) {
      ids.push_back(seen);
      merge.to.filter->add(seen.id);
    }));
    table.erased.push_back(range_of(IdPages::of_run(merge.bucket, run)));
  }
  put_pages(parts, IdPages::of_run(merge.bucket, merge.to), table.changes);
  return {};
}

Result<void> add_slice(const IdMerge& merge, std::uint8_t slice, StateWrite::Table& table,
                       StateStore& store) {
  const SlicePlan plan = merge.slices->plan();
  std::vector<std::vector<SeenId>> parts(merge.from.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].reserve(merge.from[i].ids / plan.count() * 9 / 8);
    HAPAX_TRY(
        read_slice(store, IdPages::of_run(merge.bucket, merge.from[i]), plan, slice, parts[i]));
  }
  put_pages(parts, IdPages::of_merged(merge.bucket, merge.slices->page_bits), table.changes);
  return {};
}

}  // namespace

Result<void> IdMerge::add_to(std::map<std::string, StateWrite::Table>& tables,
                             StateStore& store) const {
  if (!slices) {
    return add_tail(*this, tables[runs_table(bucket)], store);
  }
  for (std::uint8_t slice = slices->first; slice < slices->end; ++slice) {
    HAPAX_TRY(add_slice(*this, slice, tables[ids_table(bucket)], store));
  }
  if (slices->is_rest()) {
    tables[runs_table(bucket)].dropped = true;
  }
  return {};
}

std::optional<IdMerge> merge_tail(BucketId bucket, IdRuns& runs, std::uint64_t ids_max) {
  std::uint64_t ids = 0;
  auto first = runs.runs.end();
  while (first != runs.runs.begin() && ids + std::prev(first)->ids <= ids_max) {
    --first;
    ids += first->ids;
  }
  const std::ptrdiff_t count = runs.runs.end() - first;
  const bool are_many = count >= kTailRuns;
  const bool are_large = count >= kLargeTailRuns && ids - first->ids >= ids_max / 4;
  if (runs.by_row || (!are_many && !are_large)) {
    return std::nullopt;
  }
  const IdRun to = make_run(runs.next_run++, ids);
  IdMerge merge{.bucket = bucket, .from = {first, runs.runs.end()}, .slices = {}, .to = to};
  runs.runs.erase(first, runs.runs.end());
  runs.runs.push_back(to);
  return merge;
}

std::optional<IdMerge> merge_slices(BucketId bucket, std::uint64_t ids, IdRuns& runs,
                                    std::uint64_t& budget) {
  if (budget == 0 || runs.runs.size() < 2) {
    return std::nullopt;
  }
  if (runs.merged_slices == 0) {
    runs.merged_page_bits = std::max(page_bits_for(ids), SlicePlan::kBitsMin);
  }
  const std::uint8_t slices = runs.plan().count();
  IdMerge merge{.bucket = bucket, .from = runs.runs, .slices = {}, .to = {}};
  const std::uint8_t first = runs.merged_slices;
  while (budget > 0 && runs.merged_slices < slices) {
    ++runs.merged_slices;
    budget -= std::min(budget, ids / slices + 1);
  }
  merge.slices = {.first = first, .end = runs.merged_slices, .page_bits = runs.merged_page_bits};
  if (runs.is_merged()) {
    runs.runs.clear();
  }
  return merge;
}

}  // namespace hapax
