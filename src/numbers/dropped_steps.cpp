// SPDX-License-Identifier: Apache-2.0
#include "numbers/dropped_steps.hpp"

#include <tuple>

#include "bytes/varint.hpp"
#include "numbers/number_limits.hpp"

namespace hapax {
namespace {

using Step = DroppedSteps::Step;

bool is_behind(const Step& step, const Step& before) {
  return std::tie(before.reason, before.day) < std::tie(step.reason, step.day) &&
         (step.reason != before.reason || before.count < step.count);
}

}  // namespace

bool DroppedSteps::add(std::size_t reason, std::uint32_t day, std::uint32_t count) {
  const Step step{.reason = static_cast<std::uint8_t>(reason),
                  .day = day,
                  .count = std::min(count, kNumberMax)};
  auto at = std::ranges::upper_bound(steps_, step, [](const Step& a, const Step& b) {
    return std::tie(a.reason, a.day) < std::tie(b.reason, b.day);
  });
  const bool has_before = at != steps_.begin() && (at - 1)->reason == step.reason;
  if (count == 0 || (has_before && (at - 1)->count >= step.count)) {
    return false;
  }
  if (has_before && (at - 1)->day == day) {
    *(at - 1) = step;
  } else {
    at = steps_.insert(at, step) + 1;
  }
  auto end = at;
  while (end != steps_.end() && end->reason == step.reason && end->count <= step.count) {
    ++end;
  }
  steps_.erase(at, end);
  return true;
}

void DroppedSteps::combine(const DroppedSteps& other) {
  for (const Step& step : other.steps_) {
    add(step.reason, step.day, step.count);
  }
}

std::array<std::uint32_t, kDropReasons> DroppedSteps::counts() const {
  std::array<std::uint32_t, kDropReasons> counts{};
  for (const Step& step : steps_) {
    counts[step.reason] = step.count;  // The last one is the greatest.
  }
  return counts;
}

void DroppedSteps::encode(std::uint32_t last_day, std::string& out) const {
  append_varint(steps_.size(), out);
  for (const Step& step : steps_) {
    append_varint(step.reason, out);
    append_varint(last_day - step.day, out);
    append_varint(step.count, out);
  }
}

bool DroppedSteps::decode(std::uint32_t last_day, std::string_view& in) {
  const auto count = take_varint(in);
  for (std::uint64_t i = 0; count && i < *count; ++i) {
    const auto reason = take_varint(in);
    const auto before = take_varint(in);
    const auto said = take_varint(in);
    if (!reason || !before || !said || *reason >= kDropReasons || *before >= last_day ||
        *said == 0 || *said > kNumberMax) {
      return false;
    }
    const Step step{.reason = static_cast<std::uint8_t>(*reason),
                    .day = last_day - static_cast<std::uint32_t>(*before),
                    .count = static_cast<std::uint32_t>(*said)};
    if (!steps_.empty() && !is_behind(step, steps_.back())) {
      return false;
    }
    steps_.push_back(step);
  }
  return count.has_value();
}

}  // namespace hapax
