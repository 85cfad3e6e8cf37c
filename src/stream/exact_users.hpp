// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "stream/aggregate.hpp"
#include "stream/flat_table.hpp"

namespace hapax {

/// Number of distinct identities, kept as a set of 64-bit hashes: with a million users in one cell
/// the odds that any two share a hash are below 3 in 10^8. It cannot take an event back: another of
/// the same identity may be there. Encoded: their number, then they ascending, 8 bytes each.
/// Memory: 11 to 21 bytes an identity, and 8 to 16 for each since the last take_delta().
class ExactUsers {
 public:
  /// Identities that came since the last delta, in any order.
  class Delta {
   public:
    Delta() = default;
    explicit Delta(std::vector<std::uint64_t> hashes) : hashes_(std::move(hashes)) {}

    std::size_t size() const { return hashes_.size(); }
    /// Each once, ascending.
    void encode(ByteWriter& out);
    void decode(ByteReader& in);

   private:
    std::vector<std::uint64_t> hashes_;
  };

  static ExactUsers init(std::uint64_t seed) { return ExactUsers(seed); }

  void update(const KeyedEvent& event) { insert(slot_of(event)); }
  void prefetch(const KeyedEvent& event) const { users_.prefetch(slot_of(event)); }
  void combine(const ExactUsers& other);
  std::uint64_t finalize() const { return users_.size(); }
  std::size_t bytes() const { return users_.bytes() + fresh_.capacity() * sizeof(fresh_[0]); }
  void encode(ByteWriter& out) const;
  /// What is decoded is in no delta: it is stored.
  void decode(ByteReader& in);
  Delta take_delta() { return Delta(std::exchange(fresh_, {})); }

 private:
  struct Slot {
    std::uint64_t hash = 0;

    bool vacant() const { return hash == 0; }
    bool same_key(const Slot& other) const { return hash == other.hash; }
    std::uint64_t key_bits(std::uint64_t) const { return hash; }
  };

  explicit ExactUsers(std::uint64_t seed) : users_(seed) {}

  /// Zero marks a vacant slot.
  static Slot slot_of(const KeyedEvent& event) {
    return {event.identity == 0 ? 1 : event.identity};
  }
  void insert(Slot slot) {
    if (users_.insert(slot)) {
      fresh_.push_back(slot.hash);
    }
  }

  FlatTable<Slot> users_;
  std::vector<std::uint64_t> fresh_;  // Since the last take_delta().
};

static_assert(Growing<ExactUsers> && !Retractable<ExactUsers>);

}  // namespace hapax
