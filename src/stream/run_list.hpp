// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "bytes/bytes.hpp"

namespace hapax {

/// The runs that the store holds of a cell: each is a delta of its growing aggregates, under its
/// number. A new one takes in the last ones as long as they are no larger than kGrowth times what
/// it has then. So there are few (each is more than kGrowth times as large as the next), and a
/// delta costs by what it holds, not by what the cell does (reliability row 57): the logarithmic
/// method (Bentley and Saxe 1980).
class RunList {
 public:
  static constexpr std::uint64_t kGrowth = 2;

  /// How a delta is written: with what is in the runs `taken_in`, which are erased, as run
  /// `number`.
  struct Append {
    std::uint32_t number = 0;
    std::vector<std::uint32_t> taken_in = {};
  };
  /// Adds a delta of `size`, which is more than 0.
  Append append(std::uint64_t size);

  /// In the order of their making.
  std::vector<std::uint32_t> numbers() const;

  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);
  /// Whether the rest of `in` is a list.
  static bool fits(ByteReader in);

 private:
  struct Run {
    std::uint32_t number = 0;
    std::uint64_t size = 0;
  };

  std::uint32_t next_ = 0;
  std::vector<Run> runs_;
};

}  // namespace hapax
