// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "stream/measure/exact_sum.hpp"
#include "stream/measure/measure.hpp"
#include "stream/measure/owned_value.hpp"

namespace hapax {

/// Number of events, and how many they are a second. Encoded: u64.
class CountMeasure {
 public:
  CountMeasure(const MeasureSpec&, std::uint64_t /*seed*/) {}

  void update(const MeasureSpec&, const MeasuredEvent&) { ++count_; }
  void retract(const MeasureSpec&, const MeasuredEvent&) { --count_; }
  void combine(const CountMeasure& other) { count_ += other.count_; }
  MeasureResult finalize(const MeasureSpec& spec, Microseconds window) const;
  std::size_t bytes() const { return 0; }
  void encode(ByteWriter& out) const { out.put_u64(count_); }
  bool decode(ByteReader& in) {
    count_ += in.u64();
    return in.ok();
  }

 private:
  std::uint64_t count_ = 0;
};

/// Sum and mean of the numbers. Encoded: how many there are, u64; skipped, u64; ExactSum.
class SumMeasure {
 public:
  SumMeasure(const MeasureSpec&, std::uint64_t /*seed*/) {}

  void update(const MeasureSpec& spec, const MeasuredEvent& event) {
    const Value& value = sample_of(spec, event).value;
    if (const double* number = number_in(value)) {
      sum_.add(*number);
      ++count_;
    } else if (!is_absent(value)) {
      ++skipped_;
    }
  }
  void retract(const MeasureSpec& spec, const MeasuredEvent& event) {
    const Value& value = sample_of(spec, event).value;
    if (const double* number = number_in(value)) {
      sum_.subtract(*number);
      --count_;
    } else if (!is_absent(value)) {
      --skipped_;
    }
  }
  void combine(const SumMeasure& other) {
    sum_.combine(other.sum_);
    count_ += other.count_;
    skipped_ += other.skipped_;
  }
  MeasureResult finalize(const MeasureSpec& spec, Microseconds window) const;
  std::size_t bytes() const { return sum_.bytes(); }
  void encode(ByteWriter& out) const {
    out.put_u64(count_);
    out.put_u64(skipped_);
    sum_.encode(out);
  }
  bool decode(ByteReader& in) {
    count_ += in.u64();
    skipped_ += in.u64();
    return sum_.decode(in);
  }

 private:
  ExactSum sum_;
  std::uint64_t count_ = 0;
  std::uint64_t skipped_ = 0;
};

/// The least or greatest of the numbers. Encoded: whether there is one, u8; the bits of it or 0,
/// u64; skipped, u64.
template <MeasureKind Kind>
class ExtremeMeasure {
 public:
  ExtremeMeasure(const MeasureSpec&, std::uint64_t /*seed*/) {}

  void update(const MeasureSpec& spec, const MeasuredEvent& event) {
    const Value& value = sample_of(spec, event).value;
    if (const double* number = number_in(value)) {
      offer(without_sign_of_zero(*number));
    } else if (!is_absent(value)) {
      ++skipped_;
    }
  }
  void combine(const ExtremeMeasure& other) {
    skipped_ += other.skipped_;
    if (other.any_) {
      offer(other.number_);
    }
  }
  MeasureResult finalize(const MeasureSpec&, Microseconds) const {
    MeasureResult result{.skipped = skipped_};
    if (any_) {
      result.answer = number_;
    }
    return result;
  }
  std::size_t bytes() const { return 0; }
  void encode(ByteWriter& out) const {
    out.put_u8(any_ ? 1 : 0);
    out.put_u64(std::bit_cast<std::uint64_t>(number_));
    out.put_u64(skipped_);
  }
  bool decode(ByteReader& in) {
    const bool any = in.u8() != 0;
    const auto number = std::bit_cast<double>(in.u64());
    skipped_ += in.u64();
    if (any) {
      offer(number);
    }
    return in.ok() && std::isfinite(number);
  }

 private:
  void offer(double number) {
    const bool better = Kind == MeasureKind::kMin ? number < number_ : number > number_;
    if (!any_ || better) {
      number_ = number;
      any_ = true;
    }
  }

  double number_ = 0;
  bool any_ = false;
  std::uint64_t skipped_ = 0;
};

/// The value, of any kind, of the event with the least or greatest time; of several, with the least
/// id hash; of several, the least value. Events without the value do not count.
/// Memory: the text, which the caller bounds. Encoded: value (encode_value()); and unless it is
/// absent the event's time and both halves of its id, low first, u64 each.
template <MeasureKind Kind>
class EdgeMeasure {
 public:
  EdgeMeasure(const MeasureSpec&, std::uint64_t /*seed*/) {}

  void update(const MeasureSpec& spec, const MeasuredEvent& event) {
    offer(sample_of(spec, event).value, event.time, event.id);
  }
  void combine(const EdgeMeasure& other) { offer(view_of(other.value_), other.time_, other.id_); }
  MeasureResult finalize(const MeasureSpec&, Microseconds) const;
  std::size_t bytes() const { return heap_bytes(value_); }
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);

 private:
  void offer(const Value& value, EventTime time, const Hash128& id);
  bool is_better(const Value& value, EventTime time, const Hash128& id) const;

  EventTime time_;
  Hash128 id_;
  OwnedValue value_;
};

static_assert(RetractableMeasure<CountMeasure> && !GrowingMeasure<CountMeasure>);
static_assert(RetractableMeasure<SumMeasure> && !GrowingMeasure<SumMeasure>);
static_assert(MeasureState<ExtremeMeasure<MeasureKind::kMin>>);
static_assert(MeasureState<EdgeMeasure<MeasureKind::kFirst>>);

}  // namespace hapax
