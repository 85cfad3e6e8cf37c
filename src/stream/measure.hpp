#pragma once

#include <concepts>
#include <cstdint>

#include "bytes/bytes.hpp"
#include "record/event.hpp"
#include "stream/flat_table.hpp"

namespace hapax {

/// What a cell computes over the set of its events. The order of add() and merge() does not matter
/// (C4); equal states encode to equal bytes.
template <typename M>
concept Measure =
    std::default_initializable<M> && std::copyable<M> &&
    requires(M measure, const M other, const EventView& event, ByteWriter& out, ByteReader& in) {
      measure.add(event);
      measure.merge(other);
      { other.value() } -> std::same_as<std::uint64_t>;
      { other.bytes() } -> std::same_as<std::size_t>;
      other.encode(out);
      measure.decode(in);
    };

/// Number of events.
class Count {
 public:
  void add(const EventView&) { ++count_; }
  void merge(const Count& other) { count_ += other.count_; }
  std::uint64_t value() const { return count_; }
  std::size_t bytes() const { return 0; }
  void encode(ByteWriter& out) const { out.put_u64(count_); }
  void decode(ByteReader& in) { count_ = in.u64(); }

 private:
  std::uint64_t count_ = 0;
};

/// Number of distinct identities, kept as a set of 64-bit hashes: with a million users in one cell
/// the odds that any two share a hash are below 3 in 10^8. Encoded ascending. `seed` is secret: it
/// places the hashes in memory (FlatTable) and shows in no value.
class ExactUsers {
 public:
  explicit ExactUsers(std::uint64_t seed = 0) : seed_(seed), users_(seed) {}

  void add(const EventView& event);
  void prefetch(const EventView& event) const;
  void merge(const ExactUsers& other);
  std::uint64_t value() const { return users_.size(); }
  std::size_t bytes() const { return users_.bytes(); }
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  struct Slot {
    std::uint64_t hash = 0;

    bool vacant() const { return hash == 0; }
    bool same_key(const Slot& other) const { return hash == other.hash; }
    std::uint64_t key_bits(std::uint64_t) const { return hash; }
  };

  static Slot slot_of(const EventView& event);

  std::uint64_t seed_;
  FlatTable<Slot> users_;
};

static_assert(Measure<Count>);
static_assert(Measure<ExactUsers>);

}  // namespace hapax
