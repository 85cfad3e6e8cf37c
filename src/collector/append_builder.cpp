#include "collector/append_builder.hpp"

#include "core/event_wire.hpp"
#include "hash/hash.hpp"

namespace hapax {

AppendBuilder::AppendBuilder(std::uint32_t partition_count) : part_numbers_(partition_count) {}

void AppendBuilder::add(const EventView& event) {
  PartitionRecords& part = part_of(event);
  record_.clear();
  encode_event(event, record_);
  append_framed(record_, part.records);
  part.digest.add(event_id_hash(event.source, event.message_id));
  ++part.record_count;
}

PartitionRecords& AppendBuilder::part_of(const EventView& event) {
  const auto partition =
      static_cast<std::uint32_t>(hash64(partition_key(event)) % part_numbers_.size());
  std::uint32_t& number = part_numbers_[partition];
  if (number == 0) {
    parts_.emplace_back().partition = PartitionId(partition);
    number = static_cast<std::uint32_t>(parts_.size());
  }
  return parts_[number - 1];
}

}  // namespace hapax
