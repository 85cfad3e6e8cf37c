// SPDX-License-Identifier: Apache-2.0
#include "collector/append_builder.hpp"

#include "bytes/varint.hpp"
#include "hash/hash.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

// Frames as append_framed() does, but encodes behind a length of the usual size, which is put right
// in the rare case that it is another: the record is not copied.
void append_framed_in_place(const EventView& event, std::string& records) {
  constexpr std::size_t kUsualLengthBytes = 2;  // Records of 128 to 16383 bytes.
  const std::size_t start = records.size();
  records.append(kUsualLengthBytes, '\0');
  encode_event(event, records);
  char length[kVarintBytesMax];
  const std::size_t record_bytes = records.size() - start - kUsualLengthBytes;
  const char* length_end = write_varint(record_bytes, length);
  records.replace(start, kUsualLengthBytes, length, static_cast<std::size_t>(length_end - length));
}

}  // namespace

AppendBuilder::AppendBuilder(std::uint32_t partition_count, const IdHasher& ids)
    : ids_(ids), part_numbers_(partition_count) {}

void AppendBuilder::add(const EventView& event) {
  PartitionRecords& part = part_of(event);
  const std::size_t before = part.records.size();
  append_framed_in_place(event, part.records);
  bytes_ += part.records.size() - before;
  part.digest.add(ids_.event_id(event.source, event.message_id));
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
