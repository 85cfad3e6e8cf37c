// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/top_measure.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>

#include "stream/measure/owned_value.hpp"

namespace hapax {
namespace {

enum class Form : std::uint8_t { kLeastHashes = 1, kWithSketch = 2 };

/// Of a name: what follows is the text. Others are as encode_value() has them.
constexpr std::uint8_t kTextName = 3;

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
bool is_before(const TopValue& left, const TopValue& right) {
  return std::tie(right.count, left.value, left.error, left.is_cut) <
         std::tie(left.count, right.value, right.error, right.is_cut);
}

/// What a sketch knows a value by: its kind, and its bytes.
std::string name_of(const Value& value) {
  std::string name;
  ByteWriter out(name);
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    out.put_u8(kTextName);
    name.append(*text);
  } else {
    encode_value(own(value), out);
  }
  return name;
}

void add_to(HeavySketch& sketch, std::uint64_t hash, const OwnedValue& value, std::uint64_t count) {
  const std::string name = name_of(view_of(value));
  sketch.add({.bytes = name, .hash = hash}, count);
}

/// Nothing: it is no name.
std::optional<TopValue> value_of(const HeavyFound& found) {
  TopValue top{.value = {}, .count = found.count, .error = found.error, .is_cut = found.is_cut};
  if (!found.bytes.empty() && static_cast<std::uint8_t>(found.bytes[0]) == kTextName) {
    std::string text = found.bytes.substr(1);
    if (found.is_cut) {
      drop_part_of_character(text);
    }
    top.value = std::move(text);
    return top;
  }
  ByteReader in(found.bytes);
  return decode_value(in, top.value) ? std::optional(std::move(top)) : std::nullopt;
}

void encode_header(Form form, std::uint64_t total, std::size_t values, ByteWriter& out) {
  out.put_u8(static_cast<std::uint8_t>(form));
  out.put_u64(total);
  out.put_u32(static_cast<std::uint32_t>(values));
}

void encode_one(std::uint64_t hash, const OwnedValue& value, std::uint64_t count, ByteWriter& out) {
  out.put_u64(hash);
  encode_value(value, out);
  out.put_u64(count);
}

Form form_with(const HeavySketch& rest) {
  return rest.size() > 0 ? Form::kWithSketch : Form::kLeastHashes;
}

/// `take_rest(in)` is whether the sketch that follows was whole.
template <typename Take, typename TakeRest>
bool decode_values(ByteReader& in, std::uint64_t& total, Take take, TakeRest take_rest) {
  const auto form = static_cast<Form>(in.u8());
  if (form != Form::kLeastHashes && form != Form::kWithSketch) {
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
  return in.ok() && (form != Form::kWithSketch || take_rest(in));
}

}  // namespace

void TopMeasure::Delta::encode(ByteWriter& out) {
  sort_and_merge(values_);
  for (std::size_t i = values_max_; i < values_.size(); ++i) {
    add_to(rest_, values_[i].hash, values_[i].value, values_[i].count);
  }
  values_.resize(std::min<std::size_t>(values_.size(), values_max_));
  encode_header(form_with(rest_), total_, values_.size(), out);
  for (const ValueCount& value : values_) {
    encode_one(value.hash, value.value, value.count, out);
  }
  if (rest_.size() > 0) {
    rest_.encode(out);
  }
}

bool TopMeasure::Delta::decode(ByteReader& in) {
  return decode_values(
      in, total_, [this](ValueCount value) { values_.push_back(std::move(value)); },
      [this](ByteReader& rest) { return rest_.decode(rest); });
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
  if (other.rest_) {
    rest().combine(*other.rest_);
  }
}

MeasureResult TopMeasure::finalize(const MeasureSpec& spec, Microseconds) const {
  HeavySketch beyond;
  std::vector<TopValue> values;
  std::uint64_t kept_total = 0;
  for (const auto* each : kept(beyond)) {
    values.push_back({.value = each->second.value, .count = each->second.count});
    kept_total += each->second.count;
  }
  const std::uint64_t rest_total = (rest_ ? rest_->total() : 0) + beyond.total();
  if (rest_total > 0 && kept_total + rest_total == total_) {
    for (const HeavyFound& found : (rest_ ? *rest_ : HeavyCounts()).heavy_with(beyond)) {
      if (std::optional<TopValue> value = value_of(found)) {
        values.push_back(std::move(*value));
      }
    }
  }
  const std::size_t listed = std::min<std::size_t>(spec.k, values.size());
  std::ranges::partial_sort(values, values.begin() + static_cast<std::ptrdiff_t>(listed),
                            is_before);
  values.resize(listed);
  MeasureResult result{.exact = kept_total == total_, .other = total_};
  for (const TopValue& value : values) {
    result.other -= std::min(result.other, value.count);
  }
  result.answer = std::move(values);
  return result;
}

std::size_t TopMeasure::bytes() const {
  constexpr std::size_t kNodeBytes = sizeof(void*) + sizeof(Values::value_type);
  return values_.size() * kNodeBytes + values_.bucket_count() * sizeof(void*) + text_bytes_ +
         fresh_.capacity() * sizeof(fresh_[0]) + (rest_ ? sizeof(*rest_) + rest_->bytes() : 0);
}

void TopMeasure::encode(ByteWriter& out) const {
  HeavySketch rest = rest_ ? rest_->all() : HeavySketch();
  Kept values = kept(rest);
  std::ranges::sort(values, {}, kHashOf);
  encode_header(form_with(rest), total_, values.size(), out);
  for (const auto* each : values) {
    encode_one(each->first, each->second.value, each->second.count, out);
  }
  if (rest.size() > 0) {
    rest.encode(out);
  }
}

bool TopMeasure::decode(ByteReader& in) {
  const auto take = [this](const ValueCount& value) {
    if (Counted* counted_value = counted(value.hash, view_of(value.value))) {
      counted_value->count += value.count;
      prune(2 * std::size_t{values_max_});
    } else {
      const std::string name = name_of(view_of(value.value));
      rest().add_stored({.bytes = name, .hash = value.hash}, value.count);
    }
  };
  return decode_values(in, total_, take,
                       [this](ByteReader& stored) { return rest().decode(stored); });
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
  if (rest_) {
    delta.rest_ = rest_->take_delta();
  }
  prune(values_max_);  // So that finalize() has little to sort out until the next one.
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
    const std::string name = name_of(value);
    rest().add({.bytes = name, .hash = hash}, count);
    return;
  }
  if (to->fresh == 0) {
    fresh_.push_back(hash);
  }
  to->count += count;
  to->fresh += count;
  prune(2 * std::size_t{values_max_});
}

void TopMeasure::prune(std::size_t limit) {
  if (values_.size() <= limit) {
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
    const auto& [hash, counted] = each;
    if (hash <= hash_max_) {
      return false;
    }
    text_bytes_ -= heap_bytes(counted.value);
    const std::string name = name_of(view_of(counted.value));
    rest().add({.bytes = name, .hash = hash}, counted.fresh);
    rest().add_stored({.bytes = name, .hash = hash}, counted.count - counted.fresh);
    return true;
  });
}

HeavyCounts& TopMeasure::rest() {
  if (!rest_) {
    rest_.emplace();
  }
  return *rest_;
}

TopMeasure::Kept TopMeasure::kept(HeavySketch& beyond) const {
  Kept kept;
  kept.reserve(values_.size());
  for (const auto& each : values_) {
    kept.push_back(&each);
  }
  if (kept.size() > values_max_) {
    std::ranges::nth_element(kept, kept.begin() + values_max_, {}, kHashOf);
    for (std::size_t i = values_max_; i < kept.size(); ++i) {
      add_to(beyond, kept[i]->first, kept[i]->second.value, kept[i]->second.count);
    }
    kept.resize(values_max_);
  }
  return kept;
}

}  // namespace hapax
