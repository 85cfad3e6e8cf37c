// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/heavy_sketch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include "hash/hash.hpp"
#include "hash/mix64.hpp"

namespace hapax {
namespace {

using Sketch = HeavySketch;

constexpr std::size_t kTagBits = 64;
constexpr std::size_t kCheckBits = 16;
constexpr std::uint64_t kCheckMask = (1U << kCheckBits) - 1;
constexpr std::size_t kNameAt = Sketch::kBucketColumns + kTagBits;
constexpr std::size_t kCountersMax = kNameAt + 8 * (1 + Sketch::kNameBytes);
constexpr std::size_t kBucketsOfRow = Sketch::kBuckets / Sketch::kRows;
/// What came less often than all divided by this is not looked for. Taking out what is found, and
/// is not heavy, shows heavy ones that share a bucket with it.
constexpr std::uint64_t kLeastShare = 4 * Sketch::kShare;

/// The name of an item: one byte that says how long it is, and it.
class Name {
 public:
  static constexpr unsigned char kIsCut = 0xFF;

  explicit Name(std::string_view item) {
    const bool is_cut = item.size() > Sketch::kNameBytes;
    bytes_[0] = static_cast<char>(is_cut ? kIsCut : item.size());
    size_ = 1 + std::min(item.size(), Sketch::kNameBytes);
    std::copy_n(item.data(), size_ - 1, bytes_.data() + 1);
  }
  std::string_view bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 1 + Sketch::kNameBytes> bytes_{};
  std::size_t size_;
};

/// Most of a mixed hash, and a check of the name with it, which tells a name of its own from one
/// that several items make.
std::uint64_t checked(std::uint64_t hash, std::string_view name) {
  const std::uint64_t kept = hash & ~kCheckMask;
  return kept | (hash64(name, kept) & kCheckMask);
}

/// Of kColumns.
std::size_t column_of(std::uint64_t tag, std::size_t row) {
  constexpr std::size_t kRowBits = 12;
  return tag >> (kCheckBits + kRowBits * row) & (Sketch::kColumns - 1);
}
std::size_t bucket_of(std::uint64_t tag, std::size_t row) {
  return row * kBucketsOfRow + column_of(tag, row) / Sketch::kBucketColumns;
}

void add_bits(std::uint64_t bits, std::size_t count_of_bits, std::uint64_t count,
              std::uint64_t* counters) {
  for (std::size_t bit = 0; bit < count_of_bits; ++bit) {
    counters[bit] += count & (0 - (bits >> bit & 1U));
  }
}

/// Modulo 2^64, so that it takes out what is added negative.
void add_to(std::vector<std::uint64_t>& bucket, std::uint64_t tag, std::string_view name,
            std::size_t row, std::uint64_t count) {
  bucket[column_of(tag, row) % Sketch::kBucketColumns] += count;
  add_bits(tag, kTagBits, count, bucket.data() + Sketch::kBucketColumns);
  for (std::size_t i = 0; i < name.size(); ++i) {
    add_bits(static_cast<unsigned char>(name[i]), 8, count, bucket.data() + kNameAt + 8 * i);
  }
}

std::size_t counters_of(std::string_view name) {
  return kNameAt + 8 * name.size();
}

/// Without zeros at the end, which say nothing.
std::size_t trimmed(const std::vector<std::uint64_t>& bucket) {
  std::size_t size = bucket.size();
  for (; size > 0 && bucket[size - 1] == 0; --size) {
  }
  return size;
}

void put_varint(std::uint64_t value, ByteWriter& out) {
  for (; value >= 0x80; value >>= 7U) {
    out.put_u8(static_cast<std::uint8_t>(value | 0x80U));
  }
  out.put_u8(static_cast<std::uint8_t>(value));
}

std::optional<std::uint64_t> varint(ByteReader& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = in.u8();
    if (shift == 63 && byte > 1) {
      return std::nullopt;
    }
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) {
      return in.ok() ? std::optional(value) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::uint64_t error_of(std::uint64_t total) {
  return static_cast<std::uint64_t>(
      std::ceil(static_cast<double>(total) * std::numbers::e / Sketch::kColumns));
}

}  // namespace

HeavySketch::Bucket& HeavySketch::bucket_with(std::size_t index, std::size_t counters) {
  if (buckets_.empty()) {
    buckets_.resize(kBuckets);
    bytes_ = kBuckets * sizeof(Bucket);
  }
  Bucket& bucket = buckets_[index];
  if (bucket.size() < counters) {
    bytes_ += (counters - bucket.size()) * sizeof(bucket[0]);
    bucket.reserve(counters);
    bucket.resize(counters);
  }
  return bucket;
}

void HeavySketch::add(const HeavyItem& item, std::uint64_t count) {
  if (count == 0) {
    return;
  }
  const Name name(item.bytes);
  // Hashes of what a limit leaves out have their first bits in common.
  const std::uint64_t tag = checked(mix64(item.hash), name.bytes());
  for (std::size_t row = 0; row < kRows; ++row) {
    add_to(bucket_with(bucket_of(tag, row), counters_of(name.bytes())), tag, name.bytes(), row,
           count);
  }
  total_ += count;
}

void HeavySketch::combine(const HeavySketch& other) {
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) {
    const Bucket& from = other.buckets_[i];
    Bucket& to = bucket_with(i, from.size());
    for (std::size_t counter = 0; counter < from.size(); ++counter) {
      to[counter] += from[counter];
    }
  }
  total_ += other.total_;
}

std::size_t HeavySketch::size() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(buckets_, [](const Bucket& bucket) { return trimmed(bucket) > 0; }));
}

void HeavySketch::encode(ByteWriter& out) const {
  out.put_u64(total_);
  out.put_u32(static_cast<std::uint32_t>(size()));
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const std::size_t counters = trimmed(buckets_[i]);
    if (counters > 0) {
      put_varint(i, out);
      put_varint(counters, out);
      for (std::size_t counter = 0; counter < counters; ++counter) {
        put_varint(buckets_[i][counter], out);
      }
    }
  }
}

bool HeavySketch::decode(ByteReader& in) {
  total_ += in.u64();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    const auto index = varint(in);
    const auto counters = varint(in);
    if (!index || !counters || *index >= kBuckets || *counters > kCountersMax) {
      return false;
    }
    Bucket& bucket = bucket_with(*index, *counters);
    for (std::size_t counter = 0; counter < *counters; ++counter) {
      const auto count = varint(in);
      if (!count) {
        return false;
      }
      bucket[counter] += *count;
    }
  }
  return in.ok();
}

/// Takes one item after the other out of what several sketches hold together. What it finds follows
/// from the sum alone.
class HeavyPeel {
 public:
  explicit HeavyPeel(std::span<const HeavySketch* const> sketches) : sketches_(sketches) {
    for (const HeavySketch* sketch : sketches) {
      total_ += sketch->total_;
    }
    for (std::size_t i = 0; i < Sketch::kBuckets; ++i) {
      if (is_worth_it(i)) {
        to_look_at_.push_back(i);
      }
    }
  }

  std::vector<HeavyFound> take_all() {
    while (!to_look_at_.empty()) {
      const std::size_t index = to_look_at_.front();
      to_look_at_.pop_front();
      take_from(index);
    }
    return std::move(found_);
  }

 private:
  struct Read {
    std::uint64_t tag = 0;
    std::string name = {};  // With its first byte.
  };

  bool is_much(std::uint64_t count) const { return count > 0 && count >= total_ / kLeastShare; }
  bool is_heavy(std::uint64_t count) const {
    return count >= total_ / Sketch::kShare + (total_ % Sketch::kShare == 0 ? 0 : 1);
  }

  std::uint64_t sum_of(std::size_t index, std::size_t counter) const {
    std::uint64_t sum = 0;
    for (const HeavySketch* sketch : sketches_) {
      const bool has = !sketch->buckets_.empty() && counter < sketch->buckets_[index].size();
      sum += has ? sketch->buckets_[index][counter] : 0;
    }
    return sum;
  }

  bool is_worth_it(std::size_t index) {
    bool is_worth_it = false;
    for (std::size_t column = 0; column < Sketch::kBucketColumns; ++column) {
      is_worth_it = is_worth_it || is_much(sum_of(index, column));
    }
    if (is_worth_it) {
      auto& rest = rests_[index];
      rest.resize(kCountersMax);
      for (std::size_t counter = 0; counter < kCountersMax; ++counter) {
        rest[counter] = sum_of(index, counter);
      }
    }
    return is_worth_it;
  }

  void take_from(std::size_t index) {
    const std::optional<Read> read = read_majority(index);
    const std::uint64_t rest = read ? least_rest(read->tag) : 0;
    if (!is_much(rest)) {
      return;
    }
    if (const std::uint64_t count = least_count(read->tag); is_heavy(count)) {
      const bool is_cut = static_cast<unsigned char>(read->name[0]) == Name::kIsCut;
      found_.push_back({.bytes = read->name.substr(1),
                        .is_cut = is_cut,
                        .count = count,
                        .error = std::min(count, error_of(total_))});
    }
    for (std::size_t row = 0; row < Sketch::kRows; ++row) {
      const std::size_t bucket = bucket_of(read->tag, row);
      add_to(rests_[bucket], read->tag, read->name, row, 0 - rest);
      to_look_at_.push_back(bucket);
    }
  }

  /// Nothing unless the majorities of the bits are those of one item that belongs there.
  std::optional<Read> read_majority(std::size_t index) const {
    const auto& rest = rests_[index];
    std::uint64_t all = 0;
    for (std::size_t column = 0; column < Sketch::kBucketColumns; ++column) {
      all += rest[column];
    }
    // Of a rest that is negative, as more was taken out than was in it, no bit is set.
    const auto bits = [&](std::size_t at, std::size_t count) {
      std::uint64_t value = 0;
      for (std::size_t bit = 0; bit < count; ++bit) {
        const auto ones = static_cast<std::int64_t>(rest[at + bit]);
        const bool is_set = ones > 0 && rest[at + bit] > all - rest[at + bit];
        value |= std::uint64_t{is_set} << bit;
      }
      return value;
    };
    Read read{.tag = bits(Sketch::kBucketColumns, kTagBits)};
    const auto mark = static_cast<unsigned char>(bits(kNameAt, 8));
    const std::size_t size = mark == Name::kIsCut ? Sketch::kNameBytes : mark;
    if (size > Sketch::kNameBytes) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i <= size; ++i) {
      read.name.push_back(static_cast<char>(bits(kNameAt + 8 * i, 8)));
    }
    const bool belongs = bucket_of(read.tag, index / kBucketsOfRow) == index &&
                         checked(read.tag, read.name) == read.tag;
    return belongs ? std::optional(std::move(read)) : std::nullopt;
  }

  /// What is left of an item; 0 in a bucket that is not worth a look.
  std::uint64_t least_rest(std::uint64_t tag) const {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (std::size_t row = 0; row < Sketch::kRows; ++row) {
      const auto& rest = rests_[bucket_of(tag, row)];
      const std::size_t column = column_of(tag, row) % Sketch::kBucketColumns;
      least = std::min(least, rest.empty() ? 0 : static_cast<std::int64_t>(rest[column]));
    }
    return static_cast<std::uint64_t>(std::max<std::int64_t>(least, 0));
  }

  std::uint64_t least_count(std::uint64_t tag) const {
    std::uint64_t least = total_;
    for (std::size_t row = 0; row < Sketch::kRows; ++row) {
      const std::size_t column = column_of(tag, row) % Sketch::kBucketColumns;
      least = std::min(least, sum_of(bucket_of(tag, row), column));
    }
    return least;
  }

  const std::span<const HeavySketch* const> sketches_;
  std::uint64_t total_ = 0;
  std::array<std::vector<std::uint64_t>, Sketch::kBuckets> rests_;  // Of those worth a look.
  std::deque<std::size_t> to_look_at_;
  std::vector<HeavyFound> found_;
};

std::vector<HeavyFound> find_heavy(std::span<const HeavySketch* const> sketches) {
  std::vector<HeavyFound> found = HeavyPeel(sketches).take_all();
  std::ranges::sort(found, [](const HeavyFound& left, const HeavyFound& right) {
    return left.count != right.count ? left.count > right.count : left.bytes < right.bytes;
  });
  return found;
}

void HeavyCounts::combine(const HeavyCounts& other) {
  fresh_.combine(other.stored_);
  fresh_.combine(other.fresh_);
}

std::vector<HeavyFound> HeavyCounts::heavy_with(const HeavySketch& more) const {
  const HeavySketch* const all[] = {&stored_, &fresh_, &more};
  return find_heavy(all);
}

HeavySketch HeavyCounts::take_delta() {
  stored_.combine(fresh_);
  return std::exchange(fresh_, {});
}

HeavySketch HeavyCounts::all() const {
  HeavySketch all = stored_;
  all.combine(fresh_);
  return all;
}

}  // namespace hapax
