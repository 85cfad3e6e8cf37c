// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/uniques_measure.hpp"

#include <algorithm>
#include <cmath>

namespace hapax {
namespace {

using Hashes = std::vector<std::uint64_t>;
using Register = HyperLogLog::Register;
using Registers = std::vector<Register>;

enum class Form : std::uint8_t { kHashes = 1, kRegisterList = 2, kRegisterArray = 3 };

/// From so many on, an array of all of them is not longer than the list.
constexpr std::size_t kListedMax = HyperLogLog::kRegisters / sizeof(std::uint32_t);

void keep_each_once(Hashes& hashes) {
  if (!std::ranges::is_sorted(hashes)) {
    std::ranges::sort(hashes);
  }
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

/// Of each index the greatest rank, by index.
void keep_greatest(Registers& registers) {
  std::ranges::sort(registers, [](const Register& left, const Register& right) {
    return left.index != right.index ? left.index < right.index : left.rank > right.rank;
  });
  const auto same_index = [](const Register& left, const Register& right) {
    return left.index == right.index;
  };
  registers.erase(std::unique(registers.begin(), registers.end(), same_index), registers.end());
}

void encode_hashes(const Hashes& sorted, ByteWriter& out) {
  out.put_u8(static_cast<std::uint8_t>(Form::kHashes));
  out.put_u32(static_cast<std::uint32_t>(sorted.size()));
  out.reserve(sorted.size() * sizeof(sorted[0]));
  for (const std::uint64_t hash : sorted) {
    out.put_u64(hash);
  }
}

void encode_list(const Registers& sorted, ByteWriter& out) {
  out.put_u32(static_cast<std::uint32_t>(sorted.size()));
  for (const Register& each : sorted) {
    out.put_u32(static_cast<std::uint32_t>(each.index) << 8U | each.rank);
  }
}

void encode_array(const Registers& sorted, ByteWriter& out) {
  std::array<std::uint8_t, HyperLogLog::kRegisters> ranks{};
  for (const Register& each : sorted) {
    ranks[each.index] = each.rank;
  }
  for (const std::uint8_t rank : ranks) {
    out.put_u8(rank);
  }
}

void encode_registers(const Registers& sorted, ByteWriter& out) {
  const Form form = sorted.size() < kListedMax ? Form::kRegisterList : Form::kRegisterArray;
  out.put_u8(static_cast<std::uint8_t>(form));
  out.put_u8(HyperLogLog::kPrecision);
  form == Form::kRegisterList ? encode_list(sorted, out) : encode_array(sorted, out);
}

template <typename Take>
bool decode_hashes(ByteReader& in, Take take) {
  const std::uint32_t count = in.u32();
  std::uint64_t last = 0;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::uint64_t hash = in.u64();
    if (hash <= last) {
      return false;
    }
    take(hash);
    last = hash;
  }
  return in.ok();
}

template <typename Take>
bool take_register(std::uint32_t index, std::uint32_t rank, Take take) {
  if (index >= HyperLogLog::kRegisters || rank > HyperLogLog::kRankMax) {
    return false;
  }
  if (rank > 0) {
    take(Register{static_cast<std::uint16_t>(index), static_cast<std::uint8_t>(rank)});
  }
  return true;
}

template <typename Take>
bool decode_registers(Form form, ByteReader& in, Take take) {
  if (in.u8() != HyperLogLog::kPrecision) {
    return false;
  }
  const bool listed = form == Form::kRegisterList;
  const std::uint32_t count = listed ? in.u32() : HyperLogLog::kRegisters;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::uint32_t entry = listed ? in.u32() : i << 8U | in.u8();
    if (!take_register(entry >> 8U, entry & 0xFFU, take)) {
      return false;
    }
  }
  return in.ok();
}

/// Calls `take_hash` for each hash of it, or `begin_registers` once and `take_register` for each.
template <typename TakeHash, typename Begin, typename TakeRegister>
bool decode_any(ByteReader& in, TakeHash take_hash, Begin begin_registers, TakeRegister take_each) {
  const auto form = static_cast<Form>(in.u8());
  switch (form) {
    case Form::kHashes:
      return decode_hashes(in, take_hash);
    case Form::kRegisterList:
    case Form::kRegisterArray:
      begin_registers();
      return decode_registers(form, in, take_each);
  }
  return false;
}

}  // namespace

void UniquesMeasure::Delta::normalise() {
  keep_each_once(hashes_);
  is_sketch_ = is_sketch_ || hashes_.size() > exact_max_;
  if (is_sketch_) {
    for (const std::uint64_t hash : hashes_) {
      registers_.push_back(HyperLogLog::register_of(hash));
    }
    hashes_.clear();
  }
  keep_greatest(registers_);
}

void UniquesMeasure::Delta::encode(ByteWriter& out) {
  normalise();
  is_sketch_ ? encode_registers(registers_, out) : encode_hashes(hashes_, out);
}

// Runs are merged as they come, the least first: sorting all of them costs several times as much.
bool UniquesMeasure::Delta::decode(ByteReader& in) {
  keep_each_once(hashes_);
  const auto before = static_cast<std::ptrdiff_t>(hashes_.size());
  const bool is_whole = decode_any(
      in, [this](std::uint64_t hash) { hashes_.push_back(hash); }, [this] { is_sketch_ = true; },
      [this](Register each) { registers_.push_back(each); });
  std::ranges::inplace_merge(hashes_, hashes_.begin() + before);
  return is_whole;
}

HyperLogLog UniquesMeasure::registers() const {
  HyperLogLog registers = sketch_->registers;
  if (!awaited_.vacant()) {
    registers.raise(HyperLogLog::register_of(awaited_.hash));
  }
  return registers;
}

void UniquesMeasure::combine(const UniquesMeasure& other) {
  insert_awaited();
  if (!other.sketch_) {
    // In the order of another table's slots, entries of a table that grows would pile up. Not more
    // than it can come to hold.
    if (!sketch_) {
      hashes_.reserve(std::min<std::size_t>(hashes_.size() + other.hashes_.size(), exact_max_));
    }
    other.hashes_.for_each([this](const Slot& slot) { insert(slot); });
    if (!other.awaited_.vacant()) {
      insert(other.awaited_);
    }
    return;
  }
  if (!sketch_) {
    become_sketch();
    sketch_->is_new = true;
  }
  const HyperLogLog others = other.registers();
  for (std::size_t i = 0; i < HyperLogLog::kRegisters; ++i) {
    raise({.index = static_cast<std::uint16_t>(i), .rank = others.rank(i)});
  }
}

MeasureResult UniquesMeasure::finalize(const MeasureSpec&, Microseconds) const {
  if (!sketch_) {
    return {.answer = std::uint64_t{hashes_.size() + (awaits_new() ? 1 : 0)}};
  }
  const double estimate = registers().estimate();
  constexpr double kEstimateMax = 0x1p62;  // It is infinite when every register is full.
  const auto count = static_cast<std::uint64_t>(std::llround(std::min(estimate, kEstimateMax)));
  // There are more than could be counted exactly.
  return {.answer = std::max<std::uint64_t>(count, std::uint64_t{exact_max_} + 1),
          .exact = false,
          .relative_error = HyperLogLog::kStandardError};
}

std::size_t UniquesMeasure::bytes() const {
  const std::size_t fresh = fresh_.capacity() * sizeof(fresh_[0]);
  const std::size_t sketch =
      sketch_ ? sizeof(Sketch) + sketch_->raised.capacity() * sizeof(std::uint16_t) : 0;
  return hashes_.bytes() + fresh + sketch;
}

void UniquesMeasure::encode(ByteWriter& out) const {
  if (sketch_) {
    const HyperLogLog all = registers();
    Registers raised;
    for (std::size_t i = 0; i < HyperLogLog::kRegisters; ++i) {
      if (const std::uint8_t rank = all.rank(i); rank > 0) {
        raised.push_back({.index = static_cast<std::uint16_t>(i), .rank = rank});
      }
    }
    encode_registers(raised, out);
    return;
  }
  Hashes hashes;
  hashes.reserve(hashes_.size() + 1);
  hashes_.for_each([&](const Slot& slot) { hashes.push_back(slot.hash); });
  if (awaits_new()) {
    hashes.push_back(awaited_.hash);
  }
  std::ranges::sort(hashes);
  encode_hashes(hashes, out);
}

bool UniquesMeasure::decode(ByteReader& in) {
  insert_awaited();
  return decode_any(
      in, [this](std::uint64_t hash) { insert_stored(hash); },
      [this] {
        if (!sketch_) {
          become_sketch();
        }
      },
      [this](Register each) { sketch_->registers.raise(each); });
}

UniquesMeasure::Delta UniquesMeasure::take_delta() {
  insert_awaited();
  MeasureSpec spec;
  spec.exact_max = exact_max_;
  Delta delta(spec);
  delta.hashes_ = std::exchange(fresh_, {});
  if (sketch_) {
    delta.is_sketch_ = std::exchange(sketch_->is_new, false) || !sketch_->raised.empty();
    for (const std::uint16_t index : std::exchange(sketch_->raised, {})) {
      delta.registers_.push_back({.index = index, .rank = sketch_->registers.rank(index)});
    }
  }
  return delta;
}

void UniquesMeasure::insert_stored(std::uint64_t hash) {
  if (sketch_) {
    sketch_->registers.raise(HyperLogLog::register_of(hash));
  } else if (hashes_.insert({hash})) {
    become_sketch_beyond_exact();
  }
}

void UniquesMeasure::become_sketch() {
  sketch_.emplace();
  sketch_->is_new = !fresh_.empty();  // Else what is stored is a sketch as well.
  hashes_.for_each(
      [this](Slot slot) { sketch_->registers.raise(HyperLogLog::register_of(slot.hash)); });
  for (const std::uint64_t hash : std::exchange(fresh_, {})) {
    const Register fresh = HyperLogLog::register_of(hash);
    if (sketch_->registers.rank(fresh.index) == fresh.rank) {
      sketch_->raised.push_back(fresh.index);
    }
  }
  hashes_ = FlatTable<Slot>();
}

}  // namespace hapax
