// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// Appends to a topic what may be there twice, but not missing and, within a partition, not out of
/// order: what failed is appended again, with all that came behind it, before anything new.
/// Threading: one owner. Lifetime: `topic` must outlive it; it must outlive what it appends, or the
/// process end with it.
class OrderedAppender {
 public:
  explicit OrderedAppender(Topic& topic) : topic_(topic), queues_(topic.partition_count()) {}
  OrderedAppender(const OrderedAppender&) = delete;
  OrderedAppender& operator=(const OrderedAppender&) = delete;

  /// Returns its number: 0, 1, ... over all partitions.
  std::uint64_t append(PartitionId partition, TopicEntry entry);
  /// All of lower numbers are durable.
  std::uint64_t durable_below() const;
  std::uint64_t next_number() const { return next_number_; }
  /// Why the last append that was answered failed; nothing when it did not.
  const std::optional<Error>& trouble() const { return trouble_; }
  /// Tries again what failed; to be called now and then.
  void step();

 private:
  struct Waiting {
    std::uint64_t number;
    TopicEntry entry;
  };
  struct Queue {
    std::deque<Waiting> waiting;
    std::size_t on_their_way = 0;  // Calls whose answer has not come.
    bool failed = false;
  };

  void send(std::size_t partition, const Waiting& waiting);
  void answered(std::size_t partition, std::uint64_t number, const Result<Offset>& end);

  Topic& topic_;
  std::vector<Queue> queues_;  // By partition.
  std::uint64_t next_number_ = 0;
  std::optional<Error> trouble_;
};

}  // namespace hapax
