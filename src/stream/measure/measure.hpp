// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "bytes/bytes.hpp"
#include "core/time.hpp"
#include "stream/measure/measure_result.hpp"
#include "stream/measure/measure_spec.hpp"
#include "stream/measure/sample.hpp"

namespace hapax {

/// The state of one measure over the set of its events, with a spec, the same one in every call.
/// M(spec, seed) is the state of no event; update() takes one in; combine() takes in what another
/// state took in; finalize() is the answer. Laws:
///   - combine() is associative and commutative, the state of no event changes nothing in it, and
///   it
///     comes to what update() with the events of both comes to, in any order and however they are
///     divided (C4). Events are in one state only, or the measure must not mind.
///   - Equal states encode to equal bytes, and what was encoded decodes to them.
///   - decode() takes in what was encoded, as combine() would: into the state of no event it is the
///     state itself. It says whether what it read was whole; when not, the state is of no use.
/// `seed` is secret: it places what clients choose in memory, and shows in no value and no bytes.
template <typename M>
concept MeasureState =
    std::copyable<M> && std::constructible_from<M, const MeasureSpec&, std::uint64_t> &&
    requires(M state, const M other, const MeasureSpec& spec, const MeasuredEvent& event,
             Microseconds window, ByteWriter& out, ByteReader& in) {
      state.update(spec, event);
      state.combine(other);
      { other.finalize(spec, window) } -> std::same_as<MeasureResult>;
      { other.bytes() } -> std::same_as<std::size_t>;  // Of memory beyond sizeof.
      other.encode(out);
      { state.decode(in) } -> std::same_as<bool>;
    };

/// One that can take an event back, which update() took in: as if it had never come.
template <typename M>
concept RetractableMeasure =
    MeasureState<M> && requires(M state, const MeasureSpec& spec, const MeasuredEvent& event) {
      state.retract(spec, event);
    };

/// One whose state grows with its events. What came since the last take_delta() is a delta, which
/// costs by what it holds, not by what the state holds. Laws:
///   - The state that was stored, with the deltas that were taken since decoded into it in any
///     order, is the state of now: decode(stored), decode(delta) = combine().
///   - Deltas decoded into one delta are a delta of all of it; size() is 0 when nothing is in it,
///   of
///     two in one not more than of both.
/// take_delta() costs little; encode() may sort. A measure of fixed size has none: it is stored
/// whole.
template <typename M>
concept GrowingMeasure = MeasureState<M> && std::copyable<typename M::Delta> &&
                         std::constructible_from<typename M::Delta, const MeasureSpec&> &&
                         requires(M state, typename M::Delta delta, const typename M::Delta other,
                                  ByteWriter& out, ByteReader& in) {
                           { state.take_delta() } -> std::same_as<typename M::Delta>;
                           { other.size() } -> std::same_as<std::size_t>;
                           delta.encode(out);
                           { delta.decode(in) } -> std::same_as<bool>;
                         };

inline const Sample& sample_of(const MeasureSpec& spec, const MeasuredEvent& event) {
  return event.samples[spec.input];
}

inline bool is_absent(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}

/// The number that `value` is, null when it is none; what is not finite is none.
inline const double* number_in(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr && std::isfinite(*number) ? number : nullptr;
}

}  // namespace hapax
