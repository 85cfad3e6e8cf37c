// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/time.hpp"
#include "stream/measure/measure_plan.hpp"
#include "stream/measure/measure_result.hpp"
#include "stream/measure/quantile_measure.hpp"
#include "stream/measure/sample.hpp"
#include "stream/measure/top_measure.hpp"
#include "stream/measure/uniques_measure.hpp"

namespace hapax {

/// What came to the growing measures of a set since its last take_delta().
class MeasureDelta {
 public:
  /// One of no event.
  explicit MeasureDelta(const MeasurePlan& plan);

  /// 0 when nothing came; of two in one not more than of both.
  std::size_t size() const;
  /// Sorts, so that equal deltas have equal bytes.
  void encode(ByteWriter& out);
  /// Takes in another: a delta of both. False when it is damaged; it is of no use then.
  [[nodiscard]] bool decode(ByteReader& in);

 private:
  friend class MeasureSet;
  using Part = std::variant<UniquesMeasure::Delta, QuantileMeasure::Delta, TopMeasure::Delta>;

  MeasureDelta() = default;

  std::vector<Part> parts_;
};

/// What one cell holds: the state of each measure of its plan, over the set of its events. The laws
/// of measure.hpp hold for it: however the events are ordered, divided, combined, encoded
/// and decoded in between, the bytes and the results are the same. Sets that are combined, and
/// bytes that are decoded, are of plans with equal specs. Format: docs/formats/measures.md. Memory:
/// sizeof, which is all of it for a count, else a block of plan.bytes(), and what the measures say.
/// Lifetime: `plan` must outlive it. One that was moved from can only be assigned to.
class MeasureSet {
 public:
  /// Of no event.
  explicit MeasureSet(const MeasurePlan& plan);
  MeasureSet(const MeasureSet& other);
  MeasureSet(MeasureSet&& other) noexcept = default;
  MeasureSet& operator=(const MeasureSet& other) { return *this = MeasureSet(other); }
  MeasureSet& operator=(MeasureSet&& other) noexcept;
  ~MeasureSet() { destroy(); }

  /// `event` has a sample at the input of each measure. Returns by how much bytes() has become
  /// more; modulo 2^64, if it is less.
  std::size_t update(const MeasuredEvent& event);
  /// Takes back an event that update() took in, here or in what was combined. plan.retracts().
  void retract(const MeasuredEvent& event);
  void combine(const MeasureSet& other);

  /// In the order of the plan. `window`: its length, for a rate; zero when it has none.
  std::vector<MeasureResult> finalize(Microseconds window) const;
  /// Any quantile from the sketch of the measure at `index`, which is a quantile.
  MeasureResult quantile(std::size_t index, double p) const;
  std::size_t bytes() const;  ///< Of memory beyond sizeof.

  /// All of it.
  void encode(ByteWriter& out) const;
  /// Takes in what was encoded, as combine() would; it is in no delta, as it is stored. False when
  /// it is damaged or of another version or plan; the set is of no use then.
  [[nodiscard]] bool decode(ByteReader& in);

  /// Measures of fixed size whole, of the growing ones their results.
  void encode_summary(ByteWriter& out) const;
  /// Takes those of fixed size in. Returns all results; those of the growing ones are what
  /// finalize() comes to once their deltas are decoded. Nothing when it is damaged.
  [[nodiscard]] std::optional<std::vector<MeasureResult>> decode_summary(ByteReader& in,
                                                                         Microseconds window);
  /// Costs by what it holds.
  MeasureDelta take_delta();
  /// Takes an encoded MeasureDelta in, in any order with others; false as in decode().
  [[nodiscard]] bool decode_delta(ByteReader& in);

 private:
  template <typename Visit>
  void for_each(Visit&& visit);
  template <typename Visit>
  void for_each(Visit&& visit) const;
  const std::byte* states() const { return block_ ? block_.get() : inline_; }
  std::byte* states() { return block_ ? block_.get() : inline_; }
  void destroy();

  static constexpr std::size_t kInlineBytes = 8;

  const MeasurePlan* plan_;
  std::unique_ptr<std::byte[]> block_;           // Of plan_->bytes(), unless they fit inline_.
  alignas(8) std::byte inline_[kInlineBytes]{};  // Of trivial states only.
};

}  // namespace hapax
