// SPDX-License-Identifier: Apache-2.0
#include "migration/topic_prefix.hpp"

#include <utility>

#include "cluster/record_header.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

constexpr std::size_t kRecordsAtOnce = 1'000;

}  // namespace

void EventPrefix::add(std::string_view record) {
  ++count;
  fingerprint = hash64(record, fingerprint);
}

TopicPrefix::TopicPrefix(Topic& topic, std::vector<Offset> ends)
    : topic_(topic), ends_(std::move(ends)) {}

Result<bool> TopicPrefix::step() {
  if (!reader_) {
    reader_ = topic_.read(PartitionId(static_cast<std::uint32_t>(events_.size())), Offset(0));
    events_.emplace_back();
  }
  const Offset end = ends_[events_.size() - 1];
  HAPAX_ASSIGN(const auto records, reader_->poll(kRecordsAtOnce));
  for (const TopicRecord& record : records) {
    if (record.offset >= end) {
      break;
    }
    HAPAX_ASSIGN(const RecordHeader header, decode_header(record.entry.header));
    if (header.kind == RecordHeader::Kind::kEvent) {
      events_.back().add(record.entry.value);
    }
  }
  if (reader_->position() >= end) {
    reader_.reset();
  }
  return !reader_ && events_.size() == ends_.size();
}

}  // namespace hapax
