// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "stream/flat_table.hpp"
#include "stream/measure/measure.hpp"

namespace hapax {

/// Quantiles of numbers within a relative error: DDSketch (Masson, Rim, Lee 2019, arXiv
/// 1908.10693), which counts numbers in buckets so narrow that any of one stands for the others.
/// A bucket is the sign, the exponent and the first six bits of the fraction of a double: no
/// logarithm, whose last bit differs from one machine to the next. Numbers too small for a normal
/// double (below 2^-1022) count as 0. No bucket is ever merged with another, so that the state is a
/// function of the numbers' multiset, and what came can be taken back.
/// Format: docs/formats/measures.md. Memory: 32 to 64 bytes a bucket; numbers from 1 to 10^6 have
/// 1,280 of them, all doubles 262,000.
class QuantileMeasure {
 public:
  /// (upper - lower) / (upper + lower) of the widest bucket is 1 / 129; 1 % is what is promised.
  static constexpr double kRelativeError = 0.01;

  struct Bucket {
    std::uint32_t key = 0;  ///< Ascends with the numbers in it.
    std::uint64_t count = 0;
  };
  /// Counts that came since the last delta; what was taken back is negative, modulo 2^64.
  class Delta {
   public:
    explicit Delta(const MeasureSpec&) {}

    std::size_t size() const { return buckets_.size() + (skipped_ == 0 ? 0 : 1); }
    void encode(ByteWriter& out);
    [[nodiscard]] bool decode(ByteReader& in);

   private:
    friend class QuantileMeasure;
    std::uint64_t skipped_ = 0;
    std::vector<Bucket> buckets_;
  };

  QuantileMeasure(const MeasureSpec&, std::uint64_t seed) : slots_(seed) {}

  void update(const MeasureSpec& spec, const MeasuredEvent& event) {
    count(sample_of(spec, event).value, 1);
  }
  void retract(const MeasureSpec& spec, const MeasuredEvent& event) {
    count(sample_of(spec, event).value, ~std::uint64_t{0});
  }
  void combine(const QuantileMeasure& other);
  MeasureResult finalize(const MeasureSpec& spec, Microseconds) const { return quantile(spec.p); }
  /// That of any `p` from 0 to 1: of n numbers in order the one at floor(p * (n - 1)), from 0.
  MeasureResult quantile(double p) const;
  std::size_t bytes() const;
  void encode(ByteWriter& out) const;
  /// What is decoded is in no delta: it is stored.
  [[nodiscard]] bool decode(ByteReader& in);
  Delta take_delta();

 private:
  struct Slot {
    std::uint32_t key = 0;  // 0: vacant.
    bool in_fresh = false;
    std::uint64_t count = 0;
    std::uint64_t fresh = 0;  // Of it, what came since the last take_delta().

    bool vacant() const { return key == 0; }
    bool same_key(const Slot& other) const { return key == other.key; }
    std::uint64_t key_bits(std::uint64_t factor) const { return key * factor; }
  };

  void count(const Value& value, std::uint64_t times);
  void add(std::uint32_t key, std::uint64_t times);
  Slot& slot_of(std::uint32_t key);
  std::vector<Bucket> sorted_buckets() const;

  FlatTable<Slot> slots_;
  std::vector<std::uint32_t> fresh_;  // Keys of those with in_fresh.
  std::uint64_t skipped_ = 0;
  std::uint64_t fresh_skipped_ = 0;
};

static_assert(GrowingMeasure<QuantileMeasure> && RetractableMeasure<QuantileMeasure>);

}  // namespace hapax
