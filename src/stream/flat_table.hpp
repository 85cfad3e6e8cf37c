// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/huge_page_allocator.hpp"

namespace hapax {

/// Hash table of small plain entries in one array: linear probing, no deletion, at most three
/// quarters full, so a lookup costs one cache miss that prefetch() can hide.
/// `Entry` offers `bool vacant() const` (true for a default-made one), `same_key(other)` and
/// `key_bits(factor)`: 64 bits that differ for different keys, for nearly every odd `factor`.
/// Clients choose the keys, down to each bit of their hashes, so where an entry goes depends on a
/// secret `seed`: without it they could choose keys that all fall into one place.
template <typename Entry>
class FlatTable {
 public:
  explicit FlatTable(std::uint64_t seed = 0) : seed_(seed), factor_((seed * 2 + 1) * kGolden) {}

  const Entry* find(const Entry& key) const {
    if (slots_.empty()) {
      return nullptr;
    }
    const Entry& slot = slots_[slot_of(key)];
    return slot.vacant() ? nullptr : &slot;
  }

  /// The same, to change what is not of the key.
  Entry* find(const Entry& key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }

  /// False, and nothing changed, if an entry with that key is there.
  bool insert(const Entry& entry) {
    if ((size_ + 1) * 4 > slots_.size() * 3) {
      grow_to(std::max(2 * slots_.size(), kSlotsMin));
    }
    Entry& slot = slots_[slot_of(entry)];
    if (!slot.vacant()) {
      return false;
    }
    slot = entry;
    ++size_;
    return true;
  }

  /// Makes room for `count` entries at once.
  void reserve(std::size_t count) {
    std::size_t slots = std::max(slots_.size(), kSlotsMin);
    while (count * 4 > slots * 3) {
      slots *= 2;
    }
    if (slots > slots_.size()) {
      grow_to(slots);
    }
  }

  /// Forgets all entries and keeps the memory: to fetch it anew costs several times as much.
  void clear() {
    std::ranges::fill(slots_, Entry());
    size_ = 0;
  }

  void prefetch(const Entry& key) const {
    if (!slots_.empty()) {
      __builtin_prefetch(&slots_[home_of(key)]);
    }
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Entry& slot : slots_) {
      if (!slot.vacant()) {
        visit(slot);
      }
    }
  }

  std::size_t size() const { return size_; }
  std::size_t bytes() const { return slots_.capacity() * sizeof(Entry); }

 private:
  static constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
  static constexpr std::size_t kSlotsMin = 8;
  using Slots = std::vector<Entry, HugePageAllocator<Entry>>;

  // Two products: after one alone, keys at equal distances still lie at equal distances.
  std::size_t home_of(const Entry& key) const {
    std::uint64_t bits = (key.key_bits(factor_) ^ seed_) * factor_;
    bits = (bits ^ bits >> 32U) * kGolden;
    return static_cast<std::size_t>(bits >> shift_);
  }

  std::size_t slot_of(const Entry& key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = home_of(key);
    while (!slots_[slot].vacant() && !slots_[slot].same_key(key)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  void grow_to(std::size_t slots) {
    const Slots old = std::exchange(slots_, Slots(slots));
    shift_ = 64 - std::countr_zero(slots_.size());
    for (const Entry& entry : old) {
      if (!entry.vacant()) {
        slots_[slot_of(entry)] = entry;
      }
    }
  }

  std::uint64_t seed_;
  std::uint64_t factor_;
  int shift_ = 64;
  std::size_t size_ = 0;
  Slots slots_;
};

}  // namespace hapax
