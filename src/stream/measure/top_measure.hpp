// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "stream/measure/deep_ptr.hpp"
#include "stream/measure/heavy_sketch.hpp"
#include "stream/measure/measure.hpp"

namespace hapax {

/// Number of events of a value; equal hashes are one value.
struct ValueCount {
  std::uint64_t hash = 0;
  OwnedValue value{};  ///< The least, should two have one hash.
  std::uint64_t count = 0;
};

/// How often each value came, of any kind: exact while there are up to spec.values_max of them.
/// Beyond that those with the least hashes are kept, with exact counts: which they are is a
/// function of the set of values, and one that is among the least of all was so at any time before.
/// The others are counted in a sketch, in which those are found that came often.
/// Format: docs/formats/measures.md.
/// Memory: about 120 bytes and its text for each value, of up to 2 * values_max; the caller bounds
/// the text. Beyond values_max, that of two sketches.
class TopMeasure {
 public:
  /// What came since the last delta.
  class Delta {
   public:
    explicit Delta(const MeasureSpec& spec) : values_max_(spec.values_max) {}

    /// A sketch counts as one: it has an end, and what is counted in it is no value any more.
    std::size_t size() const {
      return values_.size() + (rest_.total() == 0 ? 0 : 1) + (total_ == 0 ? 0 : 1);
    }
    void encode(ByteWriter& out);
    [[nodiscard]] bool decode(ByteReader& in);

   private:
    friend class TopMeasure;
    std::uint32_t values_max_;
    std::uint64_t total_ = 0;
    std::vector<ValueCount> values_;
    HeavySketch rest_;
  };

  TopMeasure(const MeasureSpec& spec, std::uint64_t /*seed*/) : values_max_(spec.values_max) {}

  void update(const MeasureSpec& spec, const MeasuredEvent& event);
  void combine(const TopMeasure& other);
  /// The most frequent values; of equally frequent ones the least first. Of those beyond values_max
  /// none unless all of them were counted, which a former version did not do.
  MeasureResult finalize(const MeasureSpec& spec, Microseconds window) const;
  std::size_t bytes() const;
  void encode(ByteWriter& out) const;
  /// What is decoded is in no delta: it is stored.
  [[nodiscard]] bool decode(ByteReader& in);
  Delta take_delta();

 private:
  struct Counted {
    OwnedValue value;
    std::uint64_t count = 0;
    std::uint64_t fresh = 0;  // Of it, what came since the last take_delta().
  };
  /// A keyed hash is as good as any other.
  struct SameHash {
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  using Values = std::unordered_map<std::uint64_t, Counted, SameHash>;

  using Kept = std::vector<const Values::value_type*>;

  /// Null when it is beyond what is kept.
  Counted* counted(std::uint64_t hash, const Value& value);
  void add_fresh(std::uint64_t hash, const Value& value, std::uint64_t count);
  /// When there are more, down to values_max_.
  void prune(std::size_t limit);
  HeavyCounts& rest();
  /// In no order. Takes those that are beyond, which are not pruned yet, into `beyond`.
  Kept kept(HeavySketch& beyond) const;

  std::uint32_t values_max_;
  /// Hashes above are in rest_ alone: values_max_ others are not above it.
  std::uint64_t hash_max_ = ~std::uint64_t{0};
  std::uint64_t total_ = 0;
  std::uint64_t fresh_total_ = 0;
  Values values_;                     // Pruned when there are twice as many as are kept.
  std::vector<std::uint64_t> fresh_;  // Hashes of those with `fresh`, unless pruned since.
  std::size_t text_bytes_ = 0;
  DeepPtr<HeavyCounts> rest_;
};

static_assert(GrowingMeasure<TopMeasure> && !RetractableMeasure<TopMeasure>);

}  // namespace hapax
