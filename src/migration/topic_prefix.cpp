// SPDX-License-Identifier: Apache-2.0
#include "migration/topic_prefix.hpp"

#include <utility>

#include "cluster/record_header.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

constexpr std::size_t kRecordsAtOnce = 10'000;

}  // namespace

void EventPrefix::add(std::string_view record) {
  ++count;
  fingerprint = hash64(record, fingerprint);
}

TopicPrefix::TopicPrefix(Topic& topic, std::vector<Offset> ends)
    : ends_(std::move(ends)), events_(topic.partition_count()) {
  for (std::uint32_t p = 0; p < topic.partition_count(); ++p) {
    readers_.push_back(topic.read(PartitionId(p), Offset(0)));
  }
}

Result<bool> TopicPrefix::step() {
  bool is_all = true;
  for (std::size_t p = 0; p < readers_.size(); ++p) {
    if (readers_[p]->position() >= ends_[p]) {
      continue;
    }
    HAPAX_ASSIGN(const auto records, readers_[p]->poll(kRecordsAtOnce));
    for (const TopicRecord& record : records) {
      if (record.offset >= ends_[p]) {
        break;
      }
      HAPAX_ASSIGN(const RecordHeader header, decode_header(record.entry.header));
      if (header.kind == RecordHeader::Kind::kEvent) {
        events_[p].add(record.entry.value);
      }
    }
    is_all = is_all && readers_[p]->position() >= ends_[p];
  }
  return is_all;
}

}  // namespace hapax
