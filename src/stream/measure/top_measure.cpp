// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/top_measure.hpp"

#include <algorithm>

#include "stream/measure/owned_value.hpp"

namespace hapax {
namespace {

enum class Form : std::uint8_t { kLeastHashes = 1 };

constexpr auto kHashOf = [](const auto* each) { return each->first; };

void sort_and_merge(std::vector<ValueCount>& values) {
  std::ranges::sort(values, [](const ValueCount& left, const ValueCount& right) {
    return left.hash != right.hash ? left.hash < right.hash : left.value < right.value;
  });
  std::size_t end = 0;
  for (ValueCount& value : values) {
    if (end > 0 && values[end - 1].hash == value.hash) {
      values[end - 1].count += value.count;
    } else if (&values[end++] != &value) {
      values[end - 1] = std::move(value);
    }
  }
  values.resize(end);
}

/// In an answer.
bool is_before(const OwnedValue& left, std::uint64_t left_count, const OwnedValue& right,
               std::uint64_t right_count) {
  return left_count != right_count ? left_count > right_count : left < right;
}

void encode_header(std::uint64_t total, std::size_t values, ByteWriter& out) {
  out.put_u8(static_cast<std::uint8_t>(Form::kLeastHashes));
  out.put_u64(total);
  out.put_u32(static_cast<std::uint32_t>(values));
}

void encode_one(std::uint64_t hash, const OwnedValue& value, std::uint64_t count, ByteWriter& out) {
  out.put_u64(hash);
  encode_value(value, out);
  out.put_u64(count);
}

template <typename Take>
bool decode_values(ByteReader& in, std::uint64_t& total, Take take) {
  if (static_cast<Form>(in.u8()) != Form::kLeastHashes) {
    return false;
  }
  total += in.u64();
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    ValueCount value{.hash = in.u64()};
    if (!decode_value(in, value.value)) {
      return false;
    }
    value.count = in.u64();
    take(std::move(value));
  }
  return in.ok();
}

}  // namespace

void TopMeasure::Delta::encode(ByteWriter& out) {
  sort_and_merge(values_);
  if (values_.size() > values_max_) {
    values_.resize(values_max_);
  }
  encode_header(total_, values_.size(), out);
  for (const ValueCount& value : values_) {
    encode_one(value.hash, value.value, value.count, out);
  }
}

bool TopMeasure::Delta::decode(ByteReader& in) {
  return decode_values(in, total_,
                       [this](ValueCount value) { values_.push_back(std::move(value)); });
}

void TopMeasure::update(const MeasureSpec& spec, const MeasuredEvent& event) {
  const Sample& sample = sample_of(spec, event);
  if (!is_absent(sample.value)) {
    ++total_;
    ++fresh_total_;
    add_fresh(sample.hash, sample.value, 1);
  }
}

void TopMeasure::combine(const TopMeasure& other) {
  total_ += other.total_;
  fresh_total_ += other.total_;
  for (const auto& [hash, counted] : other.values_) {
    add_fresh(hash, view_of(counted.value), counted.count);
  }
}

MeasureResult TopMeasure::finalize(const MeasureSpec& spec, Microseconds) const {
  auto values = kept();
  std::uint64_t kept_total = 0;
  for (const auto* each : values) {
    kept_total += each->second.count;
  }
  const std::size_t listed = std::min<std::size_t>(spec.k, values.size());
  std::ranges::partial_sort(values, values.begin() + static_cast<std::ptrdiff_t>(listed),
                            [](const auto* left, const auto* right) {
                              return is_before(left->second.value, left->second.count,
                                               right->second.value, right->second.count);
                            });
  values.resize(listed);
  MeasureResult result{.exact = kept_total == total_, .other = total_};
  std::vector<TopValue> answer;
  for (const auto* each : values) {
    answer.push_back({.value = each->second.value, .count = each->second.count});
    result.other -= each->second.count;
  }
  result.answer = std::move(answer);
  return result;
}

std::size_t TopMeasure::bytes() const {
  constexpr std::size_t kNodeBytes = sizeof(void*) + sizeof(Values::value_type);
  return values_.size() * kNodeBytes + values_.bucket_count() * sizeof(void*) + text_bytes_ +
         fresh_.capacity() * sizeof(fresh_[0]);
}

void TopMeasure::encode(ByteWriter& out) const {
  auto values = kept();
  std::ranges::sort(values, {}, kHashOf);
  encode_header(total_, values.size(), out);
  for (const auto* each : values) {
    encode_one(each->first, each->second.value, each->second.count, out);
  }
}

bool TopMeasure::decode(ByteReader& in) {
  return decode_values(in, total_, [this](const ValueCount& value) {
    if (Counted* counted_value = counted(value.hash, view_of(value.value))) {
      counted_value->count += value.count;
      prune();
    }
  });
}

TopMeasure::Delta TopMeasure::take_delta() {
  MeasureSpec spec;
  spec.values_max = values_max_;
  Delta delta(spec);
  delta.total_ = std::exchange(fresh_total_, 0);
  for (const std::uint64_t hash : std::exchange(fresh_, {})) {
    if (const auto found = values_.find(hash); found != values_.end()) {
      delta.values_.push_back({.hash = hash,
                               .value = found->second.value,
                               .count = std::exchange(found->second.fresh, 0)});
    }
  }
  return delta;
}

TopMeasure::Counted* TopMeasure::counted(std::uint64_t hash, const Value& value) {
  if (hash > hash_max_) {
    return nullptr;
  }
  const auto [found, is_new] = values_.try_emplace(hash);
  Counted& counted = found->second;
  if (is_new || value < view_of(counted.value)) {
    text_bytes_ -= heap_bytes(counted.value);
    counted.value = own(value);
    text_bytes_ += heap_bytes(counted.value);
  }
  return &counted;
}

void TopMeasure::add_fresh(std::uint64_t hash, const Value& value, std::uint64_t count) {
  Counted* to = counted(hash, value);
  if (to == nullptr) {
    return;
  }
  if (to->fresh == 0) {
    fresh_.push_back(hash);
  }
  to->count += count;
  to->fresh += count;
  prune();
}

void TopMeasure::prune() {
  if (values_.size() < 2 * std::size_t{values_max_} + 1) {
    return;
  }
  std::vector<std::uint64_t> hashes;
  hashes.reserve(values_.size());
  for (const auto& [hash, counted] : values_) {
    hashes.push_back(hash);
  }
  const auto last = hashes.begin() + (values_max_ - 1);
  std::ranges::nth_element(hashes, last);
  hash_max_ = *last;
  std::erase_if(values_, [this](const auto& each) {
    const bool beyond = each.first > hash_max_;
    text_bytes_ -= beyond ? heap_bytes(each.second.value) : 0;
    return beyond;
  });
}

std::vector<const TopMeasure::Values::value_type*> TopMeasure::kept() const {
  std::vector<const Values::value_type*> kept;
  kept.reserve(values_.size());
  for (const auto& each : values_) {
    kept.push_back(&each);
  }
  if (kept.size() > values_max_) {
    std::ranges::nth_element(kept, kept.begin() + values_max_, {}, kHashOf);
    kept.resize(values_max_);
  }
  return kept;
}

}  // namespace hapax
