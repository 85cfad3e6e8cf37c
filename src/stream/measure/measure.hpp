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

/// The state of one measure: an aggregate under the laws of stream/aggregate.hpp, with a spec, the
/// same one in every call. M(spec, seed) is the state of no event; `seed` is secret. decode() says
/// whether what it read was whole; when not, the state is of no use any more.
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

template <typename M>
concept RetractableMeasure =
    MeasureState<M> && requires(M state, const MeasureSpec& spec, const MeasuredEvent& event) {
      state.retract(spec, event);
    };

/// Under the laws of Growing, but for the size of deltas: 0 when nothing is in them, of two in one
/// not more than of both. take_delta() costs little; encode() may sort.
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
