// SPDX-License-Identifier: Apache-2.0
#include "cluster/ordered_appender.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hapax {

std::uint64_t OrderedAppender::append(PartitionId partition, TopicEntry entry) {
  Queue& queue = queues_[partition.value()];
  queue.waiting.push_back({.number = next_number_, .entry = std::move(entry)});
  if (!queue.failed) {
    send(partition.value(), queue.waiting.back());
  }
  return next_number_++;
}

std::uint64_t OrderedAppender::durable_below() const {
  std::uint64_t below = next_number_;
  for (const Queue& queue : queues_) {
    if (!queue.waiting.empty()) {
      below = std::min(below, queue.waiting.front().number);
    }
  }
  return below;
}

void OrderedAppender::step() {
  for (std::size_t partition = 0; partition < queues_.size(); ++partition) {
    Queue& queue = queues_[partition];
    if (!queue.failed || queue.on_their_way > 0) {
      continue;
    }
    queue.failed = false;
    topic_.reopen(PartitionId(static_cast<std::uint32_t>(partition)));
    for (const Waiting& waiting : queue.waiting) {
      send(partition, waiting);
    }
  }
}

void OrderedAppender::send(std::size_t partition, const Waiting& waiting) {
  ++queues_[partition].on_their_way;
  topic_.append(PartitionId(static_cast<std::uint32_t>(partition)), {waiting.entry},
                [this, partition, number = waiting.number](const Result<Offset>& end) {
                  answered(partition, number, end);
                });
}

void OrderedAppender::answered(std::size_t partition, std::uint64_t number,
                               const Result<Offset>& end) {
  Queue& queue = queues_[partition];
  --queue.on_their_way;
  trouble_ = end ? std::nullopt : std::optional(end.error());
  if (!end) {
    queue.failed = true;
    return;
  }
  assert(!queue.waiting.empty() && queue.waiting.front().number == number);
  queue.waiting.pop_front();  // Answers come in the order of the calls.
}

}  // namespace hapax
