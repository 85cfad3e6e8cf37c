// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "stream/aggregate.hpp"

namespace hapax {

/// Number of events.
class Count {
 public:
  static Count init(std::uint64_t /*seed*/) { return {}; }

  void update(const KeyedEvent&) { ++count_; }
  void retract(const KeyedEvent&) { --count_; }
  void combine(const Count& other) { count_ += other.count_; }
  std::uint64_t finalize() const { return count_; }
  std::size_t bytes() const { return 0; }
  void encode(ByteWriter& out) const { out.put_u64(count_); }
  void decode(ByteReader& in) { count_ += in.u64(); }

 private:
  std::uint64_t count_ = 0;
};

static_assert(Retractable<Count> && !Growing<Count>);

}  // namespace hapax
