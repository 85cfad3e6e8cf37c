// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "bytes/bytes.hpp"
#include "stream/measure/owned_value.hpp"

namespace hapax {

/// One value of top, and how many events hold it.
struct TopValue {
  OwnedValue value;
  std::uint64_t count = 0;
  std::uint64_t error = 0;  ///< The count is not too low; it may be so much too high: HeavySketch.
  bool is_cut = false;      ///< The value is the beginning of a text.

  friend bool operator==(const TopValue&, const TopValue&) = default;
};

/// What a measure comes to.
struct MeasureResult {
  /// uint64_t: count, uniques. double: rate, sum, avg, min, max, quantile. first and last: what
  /// they found. monostate: there is nothing to answer from.
  using Answer =
      std::variant<std::monostate, bool, double, std::string, std::uint64_t, std::vector<TopValue>>;

  Answer answer{};
  /// uniques: false when it is an estimate. top: false when values were left out that may be in
  /// front of some that are listed; counts without an error are exact all the same.
  bool exact = true;
  /// sum, avg: the exact answer is beyond the doubles; it says an infinity.
  bool overflow = false;
  /// uniques: standard deviation, 0 when exact. quantile: bound.
  double relative_error = 0;
  /// Of what is estimated from a sample of the keys: the standard error that this makes, relative
  /// to the answer; 0: there is none, or it is not known. Not stored.
  double sampling_error = 0;
  std::uint64_t other = 0;    ///< top: events with a value that is not listed.
  std::uint64_t skipped = 0;  ///< sum, avg, min, max, quantile: values that are no numbers.

  friend bool operator==(const MeasureResult&, const MeasureResult&) = default;
};

void encode_result(const MeasureResult& result, ByteWriter& out);
/// False when it is damaged.
[[nodiscard]] bool decode_result(ByteReader& in, MeasureResult& result);

}  // namespace hapax
