// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hash/id_hasher.hpp"
#include "ports/log_appender.hpp"
#include "record/event.hpp"
#include "record/event_wire.hpp"

namespace hapax {

/// What is to come, about: room for it is made at once, as far as that is little.
struct AppendSize {
  std::size_t events = 0;
  std::size_t bytes = 0;  ///< Of all of them.
};

/// Sorts the records of one request into the partitions of their keys and keeps their order in
/// each. Lifetime: the hasher must outlive it.
class AppendBuilder {
 public:
  AppendBuilder(std::uint32_t partition_count, PartitionBy by, const IdHasher& ids,
                const AppendSize& expected);

  void add(const EventView& event);

  /// All records so far, framed.
  std::size_t bytes() const { return bytes_; }

  /// One part for each partition touched.
  std::vector<PartitionRecords> take();

 private:
  PartitionRecords& part_of(const EventView& event);

  const IdHasher& ids_;
  const PartitionBy by_;
  RecordMemory memory_;
  const AppendSize part_;  // Expected of one.
  std::vector<PartitionRecords> parts_;
  std::vector<std::uint32_t> part_numbers_;  // By partition: 1 + index in parts_, 0 without one.
  std::size_t bytes_ = 0;
};

}  // namespace hapax
