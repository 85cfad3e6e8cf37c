// SPDX-License-Identifier: Apache-2.0
#include "collector/append_builder.hpp"

#include <algorithm>

#include "collector/partition_choice.hpp"

namespace hapax {
namespace {

/// Of one part. What is expected is the client's word: contexts may be long and events short.
constexpr std::size_t kRoomMax = std::size_t{256} << 10U;
/// A part keeps no more memory than so many times its bytes: it may wait for a disk that is slow,
/// and counts there by its bytes.
constexpr std::size_t kMemoryMax = 2;

// An even share.
AppendSize share(const AppendSize& whole, std::size_t partitions) {
  const std::size_t parts = std::clamp<std::size_t>(whole.events, 1, partitions);
  return {.events = whole.events / parts, .bytes = whole.bytes / parts};
}

}  // namespace

AppendBuilder::AppendBuilder(std::uint32_t partition_count, PartitionBy by, const IdHasher& ids,
                             const AppendSize& expected)
    : ids_(ids), by_(by), part_(share(expected, partition_count)), part_numbers_(partition_count) {
  parts_.reserve(std::min<std::size_t>(partition_count, expected.events));
}

void AppendBuilder::add(const EventView& event) {
  PartitionRecords& part = part_of(event);
  const std::size_t before = part.records.size();
  append_framed(memory_.encode(event), part.records);
  bytes_ += part.records.size() - before;
  part.digest.add(part.ids.emplace_back(ids_.event_id(event.source, event.message_id)));
  ++part.record_count;
}

std::vector<PartitionRecords> AppendBuilder::take() {
  for (PartitionRecords& part : parts_) {
    if (part.records.capacity() > kMemoryMax * part.records.size()) {
      part.records.shrink_to_fit();
    }
  }
  return std::move(parts_);
}

PartitionRecords& AppendBuilder::part_of(const EventView& event) {
  const PartitionId partition =
      choose_partition(event, by_, static_cast<std::uint32_t>(part_numbers_.size()));
  std::uint32_t& number = part_numbers_[partition.value()];
  if (number == 0) {
    PartitionRecords& part = parts_.emplace_back();
    part.partition = partition;
    part.records.reserve(std::min(part_.bytes, kRoomMax));
    part.ids.reserve(part_.events);
    number = static_cast<std::uint32_t>(parts_.size());
  }
  return parts_[number - 1];
}

}  // namespace hapax
