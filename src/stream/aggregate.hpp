// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include "bytes/bytes.hpp"
#include "stream/keyed_event.hpp"

namespace hapax {

/// What a cell computes over the set of its events. init() is the state of no event; update() takes
/// one in; combine() takes in what another state took in; finalize() is the answer. Laws:
///   - combine() is associative and commutative, init() changes nothing in it, and it comes to what
///     update() with the events of both comes to, in any order and however they are divided (C4).
///     Events are in one state only, or the aggregate must not mind.
///   - Equal states encode to equal bytes, and what was encoded decodes to them.
///   - decode() takes in what was encoded, as combine() would: into init() it is the state itself.
/// `seed` is secret: it places what clients choose in memory, and shows in no value and no bytes.
template <typename A>
concept Aggregate =
    std::copyable<A> && requires(A state, const A other, const KeyedEvent& event, ByteWriter& out,
                                 ByteReader& in, std::uint64_t seed) {
      { A::init(seed) } -> std::same_as<A>;
      state.update(event);
      state.combine(other);
      { other.finalize() } -> std::equality_comparable;
      { other.bytes() } -> std::same_as<std::size_t>;  // Of memory beyond sizeof.
      other.encode(out);
      state.decode(in);
    };

/// One that can take an event back, which update() took in: as if it had never come.
template <typename A>
concept Retractable =
    Aggregate<A> && requires(A state, const KeyedEvent& event) { state.retract(event); };

/// One whose state grows with its events. What came since the last take_delta() is a delta, which
/// costs by what it holds, not by what the state holds. Laws:
///   - The state that was stored, with the deltas that were taken since decoded into it in any
///     order, is the state of now: decode(stored), decode(delta) = combine().
///   - Deltas decoded into one delta are a delta of all of it; size() is not less than what it
///     holds and adds up.
/// An aggregate of fixed size has none: it is stored whole.
template <typename A>
concept Growing = Aggregate<A> && std::copyable<typename A::Delta> &&
                  requires(A state, typename A::Delta delta, const typename A::Delta other,
                           ByteWriter& out, ByteReader& in) {
                    { state.take_delta() } -> std::same_as<typename A::Delta>;
                    { other.size() } -> std::same_as<std::size_t>;
                    delta.encode(out);
                    delta.decode(in);
                  };

/// The delta of an aggregate of fixed size.
struct NoDelta {
  std::size_t size() const { return 0; }
  void encode(ByteWriter&) const {}
  void decode(ByteReader&) const {}
};

template <typename A>
struct DeltaOf {
  using Type = NoDelta;
};
template <Growing A>
struct DeltaOf<A> {
  using Type = typename A::Delta;
};

/// Several aggregates over the same events, one after the other in every encoding: an aggregate
/// itself. What each comes to is a number.
template <Aggregate... Parts>
class Aggregates {
 public:
  using Values = std::array<std::uint64_t, sizeof...(Parts)>;
  /// A delta of each of the growing ones, under the laws of Growing.
  class Deltas {
   public:
    std::size_t size() const {
      return std::apply([](const auto&... part) { return (part.size() + ...); }, parts_);
    }
    void encode(ByteWriter& out) {
      std::apply([&](auto&... part) { (part.encode(out), ...); }, parts_);
    }
    bool decode(ByteReader& in) {
      std::apply([&](auto&... part) { (part.decode(in), ...); }, parts_);
      return in.ok();
    }

   private:
    friend class Aggregates;
    std::tuple<typename DeltaOf<Parts>::Type...> parts_;
  };

  static Aggregates init(std::uint64_t seed) { return Aggregates(Parts::init(seed)...); }

  void update(const KeyedEvent& event) {
    std::apply([&](auto&... part) { (part.update(event), ...); }, parts_);
  }
  /// Fetches what update() of `event` will touch into the cache.
  void prefetch(const KeyedEvent& event) const {
    std::apply([&](const auto&... part) { (prefetch_one(part, event), ...); }, parts_);
  }
  void combine(const Aggregates& other) { combine(other, std::index_sequence_for<Parts...>()); }
  Values finalize() const {
    return std::apply([](const auto&... part) { return Values{part.finalize()...}; }, parts_);
  }
  std::size_t bytes() const {
    return std::apply([](const auto&... part) { return (part.bytes() + ...); }, parts_);
  }

  /// All of it.
  void encode(ByteWriter& out) const {
    std::apply([&](const auto&... part) { (part.encode(out), ...); }, parts_);
  }

  void decode(ByteReader& in) {
    std::apply([&](auto&... part) { (part.decode(in), ...); }, parts_);
  }

  /// Those of fixed size whole, of the growing ones their values.
  void encode_summary(ByteWriter& out) const {
    std::apply([&](const auto&... part) { (encode_fixed(part, out), ...); }, parts_);
  }
  /// Takes those of fixed size in. Returns all values; those of the growing ones are what
  /// finalize() comes to once their deltas are decoded.
  Values decode_summary(ByteReader& in) {
    return std::apply([&](auto&... part) { return Values{decode_fixed(part, in)...}; }, parts_);
  }
  Deltas take_deltas() {
    Deltas deltas;
    take_deltas(deltas, std::index_sequence_for<Parts...>());
    return deltas;
  }
  void decode_deltas(ByteReader& in) {
    std::apply([&](auto&... part) { (decode_growing(part, in), ...); }, parts_);
  }

 private:
  explicit Aggregates(Parts... parts) : parts_(std::move(parts)...) {}

  template <typename A>
  static void prefetch_one(const A& part, const KeyedEvent& event) {
    if constexpr (requires { part.prefetch(event); }) {
      part.prefetch(event);
    }
  }
  template <typename A>
  static void encode_fixed(const A& part, ByteWriter& out) {
    if constexpr (Growing<A>) {
      out.put_u64(part.finalize());
    } else {
      part.encode(out);
    }
  }
  template <typename A>
  static std::uint64_t decode_fixed(A& part, ByteReader& in) {
    if constexpr (Growing<A>) {
      return in.u64();
    } else {
      part.decode(in);
      return part.finalize();
    }
  }
  template <typename A>
  static void decode_growing(A& part, ByteReader& in) {
    if constexpr (Growing<A>) {
      part.decode(in);
    }
  }
  template <std::size_t... Is>
  void combine(const Aggregates& other, std::index_sequence<Is...>) {
    (std::get<Is>(parts_).combine(std::get<Is>(other.parts_)), ...);
  }
  template <std::size_t... Is>
  void take_deltas(Deltas& deltas, std::index_sequence<Is...>) {
    (take_one(std::get<Is>(parts_), std::get<Is>(deltas.parts_)), ...);
  }
  template <typename A, typename D>
  static void take_one(A& part, D& delta) {
    if constexpr (Growing<A>) {
      delta = part.take_delta();
    }
  }

  std::tuple<Parts...> parts_;
};

}  // namespace hapax
