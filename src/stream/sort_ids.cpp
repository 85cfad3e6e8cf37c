// SPDX-License-Identifier: Apache-2.0
#include "stream/sort_ids.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace hapax {
namespace {

constexpr std::size_t kIdsPerPlace = 4;  ///< On average.
constexpr int kBitsMax = 16;             ///< More places than that miss the cache.

}  // namespace

std::vector<SeenId> sorted_ids(std::span<const std::shared_ptr<const DedupShard::Table>> tables) {
  std::size_t count = 0;
  for (const auto& table : tables) {
    count += table->size();
  }
  const int bits = std::clamp(static_cast<int>(std::bit_width(count / kIdsPerPlace)), 1, kBitsMax);
  const auto place_of = [bits](const IdSlot& slot) { return slot.seen.id.low >> (64 - bits); };
  std::vector<std::size_t> ends((std::size_t{1} << bits) + 1);  // By place, one behind.
  for (const auto& table : tables) {
    table->for_each([&](const IdSlot& slot) { ++ends[place_of(slot) + 1]; });
  }
  for (std::size_t place = 1; place < ends.size(); ++place) {
    ends[place] += ends[place - 1];
  }
  std::vector<SeenId> ids(count);
  for (const auto& table : tables) {
    table->for_each([&](const IdSlot& slot) { ids[ends[place_of(slot)]++] = slot.seen; });
  }
  std::size_t begin = 0;
  for (std::size_t place = 0; place + 1 < ends.size(); ++place) {
    std::ranges::sort(std::span(ids).subspan(begin, ends[place] - begin), {}, &SeenId::id);
    begin = ends[place];
  }
  return ids;
}

}  // namespace hapax
