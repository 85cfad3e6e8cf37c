// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/measure_set.hpp"

#include <cassert>
#include <memory>
#include <new>
#include <utility>

#include "stream/measure/measure_types.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

template <typename M>
M& state_at(std::byte* at) {
  return *std::launder(reinterpret_cast<M*>(at));
}

template <typename M>
const M& state_at(const std::byte* at) {
  return *std::launder(reinterpret_cast<const M*>(at));
}

}  // namespace

// The visits of a set are called with the place of each measure and its state.
template <typename Visit>
void MeasureSet::for_each(Visit&& visit) {
  std::byte* const all = states();
  for (const MeasurePlan::Place& place : plan_->places()) {
    with_measure_type(place.spec.kind, [&]<typename M>(std::type_identity<M>) {
      visit(place, state_at<M>(all + place.offset));
    });
  }
}

template <typename Visit>
void MeasureSet::for_each(Visit&& visit) const {
  const std::byte* const all = states();
  for (const MeasurePlan::Place& place : plan_->places()) {
    with_measure_type(place.spec.kind, [&]<typename M>(std::type_identity<M>) {
      visit(place, state_at<M>(all + place.offset));
    });
  }
}

MeasureSet::MeasureSet(const MeasurePlan& plan) : plan_(&plan) {
  if (plan.bytes() > kInlineBytes) {
    block_ = std::make_unique_for_overwrite<std::byte[]>(plan.bytes());
  }
  std::byte* const all = states();
  for (const MeasurePlan::Place& place : plan.places()) {
    with_measure_type(place.spec.kind, [&]<typename M>(std::type_identity<M>) {
      static_assert(sizeof(M) > kInlineBytes || std::is_trivially_copyable_v<M>);
      static_assert(alignof(M) <= 8);
      std::construct_at(reinterpret_cast<M*>(all + place.offset), place.spec, plan.seed());
    });
  }
}

// Made before anything is copied: an exception of a copy finds whole states to destroy.
MeasureSet::MeasureSet(const MeasureSet& other) : MeasureSet(*other.plan_) {
  const std::byte* const others = other.states();
  for_each([others]<typename M>(const MeasurePlan::Place& place, M& state) {
    state = state_at<M>(others + place.offset);
  });
}

MeasureSet& MeasureSet::operator=(MeasureSet&& other) noexcept {
  if (this != &other) {
    destroy();
    plan_ = other.plan_;
    block_ = std::move(other.block_);
    std::copy_n(other.inline_, kInlineBytes, inline_);
  }
  return *this;
}

void MeasureSet::destroy() {
  if (block_) {  // What is inline is trivial.
    for_each([]<typename M>(const MeasurePlan::Place&, M& state) { std::destroy_at(&state); });
  }
}

std::size_t MeasureSet::update(const MeasuredEvent& event) {
  std::size_t more = 0;
  for_each([&]<typename M>(const MeasurePlan::Place& place, M& state) {
    const std::size_t before = state.bytes();
    state.update(place.spec, event);
    more += state.bytes() - before;
  });
  return more;
}

void MeasureSet::retract(const MeasuredEvent& event) {
  assert(plan_->retracts());
  for_each([&]<typename M>(const MeasurePlan::Place& place, M& state) {
    if constexpr (RetractableMeasure<M>) {
      state.retract(place.spec, event);
    }
  });
}

void MeasureSet::combine(const MeasureSet& other) {
  assert(plan_->bytes() == other.plan_->bytes());
  const std::byte* const others = other.states();
  for_each([others]<typename M>(const MeasurePlan::Place& place, M& state) {
    state.combine(state_at<M>(others + place.offset));
  });
}

std::vector<MeasureResult> MeasureSet::finalize(Microseconds window) const {
  std::vector<MeasureResult> results;
  results.reserve(plan_->places().size());
  for_each([&](const MeasurePlan::Place& place, const auto& state) {
    results.push_back(state.finalize(place.spec, window));
  });
  return results;
}

MeasureResult MeasureSet::quantile(std::size_t index, double p) const {
  const MeasurePlan::Place& place = plan_->places()[index];
  assert(place.spec.kind == MeasureKind::kQuantile);
  return state_at<QuantileMeasure>(states() + place.offset).quantile(p);
}

std::size_t MeasureSet::bytes() const {
  std::size_t bytes = block_ ? plan_->bytes() : 0;
  for_each([&](const MeasurePlan::Place&, const auto& state) { bytes += state.bytes(); });
  return bytes;
}

void MeasureSet::encode(ByteWriter& out) const {
  out.put_u8(kVersion);
  for_each([&](const MeasurePlan::Place&, const auto& state) { state.encode(out); });
}

bool MeasureSet::decode(ByteReader& in) {
  bool whole = in.u8() == kVersion;
  for_each([&](const MeasurePlan::Place&, auto& state) { whole = whole && state.decode(in); });
  return whole;
}

void MeasureSet::encode_summary(ByteWriter& out) const {
  out.put_u8(kVersion);
  for_each([&]<typename M>(const MeasurePlan::Place& place, const M& state) {
    if constexpr (GrowingMeasure<M>) {
      encode_result(state.finalize(place.spec, Microseconds::zero()), out);
    } else {
      state.encode(out);
    }
  });
}

std::optional<std::vector<MeasureResult>> MeasureSet::decode_summary(ByteReader& in,
                                                                     Microseconds window) {
  bool whole = in.u8() == kVersion;
  std::vector<MeasureResult> results(plan_->places().size());
  auto result = results.begin();
  for_each([&]<typename M>(const MeasurePlan::Place& place, M& state) {
    if constexpr (GrowingMeasure<M>) {
      whole = whole && decode_result(in, *result);
    } else {
      whole = whole && state.decode(in);
      *result = state.finalize(place.spec, window);
    }
    ++result;
  });
  return whole ? std::optional(std::move(results)) : std::nullopt;
}

MeasureDelta MeasureSet::take_delta() {
  MeasureDelta delta;
  if (plan_->grows()) {
    for_each([&]<typename M>(const MeasurePlan::Place&, M& state) {
      if constexpr (GrowingMeasure<M>) {
        delta.parts_.emplace_back(state.take_delta());
      }
    });
  }
  return delta;
}

bool MeasureSet::decode_delta(ByteReader& in) {
  bool whole = in.u8() == kVersion;
  for_each([&]<typename M>(const MeasurePlan::Place&, M& state) {
    if constexpr (GrowingMeasure<M>) {
      whole = whole && state.decode(in);
    }
  });
  return whole;
}

MeasureDelta::MeasureDelta(const MeasurePlan& plan) {
  for (const MeasurePlan::Place& place : plan.places()) {
    with_measure_type(place.spec.kind, [&]<typename M>(std::type_identity<M>) {
      if constexpr (GrowingMeasure<M>) {
        parts_.emplace_back(typename M::Delta(place.spec));
      }
    });
  }
}

std::size_t MeasureDelta::size() const {
  std::size_t size = 0;
  for (const Part& part : parts_) {
    size += std::visit([](const auto& delta) { return delta.size(); }, part);
  }
  return size;
}

void MeasureDelta::encode(ByteWriter& out) {
  out.put_u8(kVersion);
  for (Part& part : parts_) {
    std::visit([&](auto& delta) { delta.encode(out); }, part);
  }
}

bool MeasureDelta::decode(ByteReader& in) {
  bool whole = in.u8() == kVersion;
  for (Part& part : parts_) {
    whole = whole && std::visit([&](auto& delta) { return delta.decode(in); }, part);
  }
  return whole;
}

}  // namespace hapax
