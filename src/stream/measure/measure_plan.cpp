// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/measure_plan.hpp"

#include "stream/measure/measure_types.hpp"

namespace hapax {

MeasurePlan::MeasurePlan(std::span<const MeasureSpec> specs, std::uint64_t seed) : seed_(seed) {
  places_.reserve(specs.size());
  for (const MeasureSpec& spec : specs) {
    places_.push_back({.spec = spec, .offset = static_cast<std::uint32_t>(bytes_)});
    bytes_ += with_measure_type(
        spec.kind, []<typename M>(std::type_identity<M>) { return (sizeof(M) + 7) / 8 * 8; });
    retracts_ = retracts_ && measure_traits(spec.kind).retracts;
    grows_ = grows_ || measure_traits(spec.kind).grows;
  }
}

}  // namespace hapax
