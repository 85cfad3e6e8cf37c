// SPDX-License-Identifier: Apache-2.0
#include "events/event_sampler.hpp"

#include "hash/mix64.hpp"

namespace hapax {
namespace {

constexpr std::uint32_t kHalvingsMax = 32;

}  // namespace

/// The share of the second before is what would have fitted into it.
void EventSampler::begin_second(Time now) {
  const Time second = now / std::chrono::seconds(1) * std::chrono::seconds(1);
  if (second == second_) {
    return;
  }
  const bool is_next = second == second_ + std::chrono::seconds(1);
  halvings_ = 0;
  while (is_next && (came_ >> halvings_) > per_second_max_ && halvings_ < kHalvingsMax) {
    ++halvings_;
  }
  second_ = second;
  came_ = taken_ = 0;
}

bool EventSampler::takes(std::uint64_t key, Time now) {
  begin_second(now);
  ++came_;
  if (taken_ >= per_second_max_ && halvings_ < kHalvingsMax) {
    ++halvings_;
    taken_ = per_second_max_ / 2;
  }
  const bool is_taken = halvings_ == 0 || mix64(key) >> (64 - halvings_) == 0;
  taken_ += is_taken ? 1 : 0;
  return is_taken;
}

}  // namespace hapax
