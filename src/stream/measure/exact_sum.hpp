// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bytes/bytes.hpp"
#include "stream/measure/deep_ptr.hpp"

namespace hapax {

/// The exact sum of doubles: a fixed-point number so wide that it holds any double, and 2^64 of the
/// greatest, to the last bit, so that order and grouping change nothing and what was added can be
/// taken back. Rounded once, when asked. After the superaccumulators of Kulisch, and of Neal 2015,
/// "Fast exact summation using small and large superaccumulators" (arXiv 1505.05571); here of plain
/// two's complement limbs, with a carry on each addition.
/// Most sums are multiples of 2^-96 below 2^95 and take three limbs; another takes all 35, on the
/// heap. Bytes and answers are those of the number, whichever way it is held.
class ExactSum {
 public:
  /// `value` is finite.
  void add(double value);
  void subtract(double value) { add(-value); }
  void combine(const ExactSum& other);

  /// The double next to the sum, the even one of two; beyond all of them an infinity.
  double rounded() const { return rounded_quotient(1); }
  /// The double next to sum / count, the even one of two. `count` is not 0.
  double mean(std::uint64_t count) const { return rounded_quotient(count); }

  std::size_t bytes() const { return wide_ ? sizeof(Wide) : 0; }  ///< Beyond sizeof.
  /// First limb that is not 0, u8; number of limbs up to the last that says more than the sign of
  /// the one before, u8; they, lowest first, u64 each. Of 0: 0, 0.
  void encode(ByteWriter& out) const;
  /// As combine(). False when it is damaged; nothing is taken in then.
  [[nodiscard]] bool decode(ByteReader& in);

 private:
  /// Bit 0 of limb 0 is worth 2^-1120.
  static constexpr std::size_t kLimbs = 35;
  static constexpr int kExponentMin = -1120;
  static constexpr std::size_t kNarrowFirst = 16;
  static constexpr std::size_t kNarrowLimbs = 3;
  using Wide = std::array<std::uint64_t, kLimbs>;
  using Narrow = std::array<std::uint64_t, kNarrowLimbs>;

  double rounded_quotient(std::uint64_t divisor) const;
  Wide widened() const;
  Wide& widen();

  Narrow narrow_{};  // Unless there is wide_.
  DeepPtr<Wide> wide_;
};

}  // namespace hapax
