// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/quantile_measure.hpp"

#include <algorithm>
#include <cmath>

namespace hapax {
namespace {

using Bucket = QuantileMeasure::Bucket;

constexpr int kFractionBits = 6;
constexpr int kBucketShift = 52 - kFractionBits;
constexpr std::uint32_t kPerBinade = 1U << kFractionBits;
constexpr std::uint32_t kMagnitudesEnd = 0x7FFU * kPerBinade;  // Of infinity.
/// The bucket of 0; those of positive numbers are above, those of negative ones below.
constexpr std::uint32_t kZeroKey = 1U << 20U;

std::uint32_t key_of(double number) {
  const auto bits = std::bit_cast<std::uint64_t>(number);
  const auto magnitude = static_cast<std::uint32_t>((bits << 1U) >> (kBucketShift + 1));
  if (magnitude < kPerBinade) {
    return kZeroKey;
  }
  return bits >> 63U != 0 ? kZeroKey - magnitude : kZeroKey + magnitude;
}

bool is_key(std::uint32_t key) {
  const std::uint32_t magnitude = key < kZeroKey ? kZeroKey - key : key - kZeroKey;
  return magnitude == 0 || (magnitude >= kPerBinade && magnitude < kMagnitudesEnd);
}

/// The number that is relatively as far from both ends of the bucket.
double middle_of(std::uint32_t key) {
  if (key == kZeroKey) {
    return 0;
  }
  const std::uint32_t magnitude = key < kZeroKey ? kZeroKey - key : key - kZeroKey;
  const double lower = kPerBinade + magnitude % kPerBinade;
  const double upper = lower + 1;
  constexpr int kExponentBias = 1023;
  const int exponent = static_cast<int>(magnitude / kPerBinade) - kExponentBias - kFractionBits;
  const double middle = std::ldexp(2 * lower * upper / (lower + upper), exponent);
  return key < kZeroKey ? -middle : middle;
}

void sort_and_merge(std::vector<Bucket>& buckets) {
  std::ranges::sort(buckets, {}, &Bucket::key);
  std::size_t end = 0;
  for (const Bucket& bucket : buckets) {
    if (end > 0 && buckets[end - 1].key == bucket.key) {
      buckets[end - 1].count += bucket.count;
    } else {
      buckets[end++] = bucket;
    }
  }
  buckets.resize(end);
  std::erase_if(buckets, [](const Bucket& bucket) { return bucket.count == 0; });
}

void encode_buckets(std::uint64_t skipped, const std::vector<Bucket>& sorted, ByteWriter& out) {
  out.put_u64(skipped);
  out.put_u32(static_cast<std::uint32_t>(sorted.size()));
  for (const Bucket& bucket : sorted) {
    out.put_u32(bucket.key);
    out.put_u64(bucket.count);
  }
}

template <typename Take>
bool decode_buckets(ByteReader& in, std::uint64_t& skipped, Take take) {
  skipped += in.u64();
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t key = in.u32();
    const std::uint64_t times = in.u64();
    if (!in.ok() || !is_key(key)) {
      return false;
    }
    take(key, times);
  }
  return in.ok();
}

}  // namespace

void QuantileMeasure::Delta::encode(ByteWriter& out) {
  sort_and_merge(buckets_);
  encode_buckets(skipped_, buckets_, out);
}

bool QuantileMeasure::Delta::decode(ByteReader& in) {
  return decode_buckets(in, skipped_, [this](std::uint32_t key, std::uint64_t times) {
    buckets_.push_back({.key = key, .count = times});
  });
}

void QuantileMeasure::combine(const QuantileMeasure& other) {
  slots_.reserve(std::max(slots_.size(), other.slots_.size()));
  other.slots_.for_each([this](const Slot& slot) { add(slot.key, slot.count); });
  skipped_ += other.skipped_;
  fresh_skipped_ += other.skipped_;
}

MeasureResult QuantileMeasure::quantile(double p) const {
  MeasureResult result{.relative_error = kRelativeError, .skipped = skipped_};
  const std::vector<Bucket> buckets = sorted_buckets();
  std::uint64_t total = 0;
  for (const Bucket& bucket : buckets) {
    total += bucket.count;
  }
  if (total == 0) {
    return result;
  }
  const double position = std::floor(p * static_cast<double>(total - 1));
  // Beyond 2^53 numbers the product may round up to one that is not there.
  std::uint64_t before = std::min(static_cast<std::uint64_t>(position), total - 1);
  const auto found = std::ranges::find_if(buckets, [&](const Bucket& bucket) {
    const bool here = before < bucket.count;
    before -= here ? 0 : bucket.count;
    return here;
  });
  result.answer = middle_of(found->key);
  return result;
}

std::size_t QuantileMeasure::bytes() const {
  return slots_.bytes() + fresh_.capacity() * sizeof(fresh_[0]);
}

void QuantileMeasure::encode(ByteWriter& out) const {
  encode_buckets(skipped_, sorted_buckets(), out);
}

bool QuantileMeasure::decode(ByteReader& in) {
  return decode_buckets(in, skipped_, [this](std::uint32_t key, std::uint64_t times) {
    slot_of(key).count += times;
  });
}

QuantileMeasure::Delta QuantileMeasure::take_delta() {
  Delta delta(MeasureSpec{});
  delta.skipped_ = std::exchange(fresh_skipped_, 0);
  delta.buckets_.reserve(fresh_.size());
  for (const std::uint32_t key : std::exchange(fresh_, {})) {
    Slot& slot = slot_of(key);
    slot.in_fresh = false;
    if (const std::uint64_t fresh = std::exchange(slot.fresh, 0); fresh != 0) {
      delta.buckets_.push_back({.key = key, .count = fresh});
    }
  }
  return delta;
}

void QuantileMeasure::count(const Value& value, std::uint64_t times) {
  if (const double* number = number_in(value)) {
    add(key_of(*number), times);
  } else if (!is_absent(value)) {
    skipped_ += times;
    fresh_skipped_ += times;
  }
}

void QuantileMeasure::add(std::uint32_t key, std::uint64_t times) {
  Slot& slot = slot_of(key);
  slot.count += times;
  slot.fresh += times;
  if (!slot.in_fresh) {
    slot.in_fresh = true;
    fresh_.push_back(key);
  }
}

QuantileMeasure::Slot& QuantileMeasure::slot_of(std::uint32_t key) {
  const Slot wanted{.key = key};
  if (Slot* slot = slots_.find(wanted)) {
    return *slot;
  }
  slots_.insert(wanted);
  return *slots_.find(wanted);
}

std::vector<Bucket> QuantileMeasure::sorted_buckets() const {
  std::vector<Bucket> buckets;
  slots_.for_each([&](const Slot& slot) {
    if (slot.count != 0) {
      buckets.push_back({.key = slot.key, .count = slot.count});
    }
  });
  std::ranges::sort(buckets, {}, &Bucket::key);
  return buckets;
}

}  // namespace hapax
