// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "hash/mix64.hpp"
#include "stream/measure/measure_set.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

// Distinct for distinct numbers, and never near for small ones.
inline std::uint64_t mix(std::uint64_t number) {
  return mix64(number + 0x9E3779B97F4A7C15);
}

/// What a caller gives for the keyed hash: equal values, equal hashes.
inline std::uint64_t hash_of(const Value& value) {
  const std::uint64_t kind = mix(value.index());
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    std::uint64_t hash = kind;
    for (const char letter : *text) {
      hash = mix(hash ^ static_cast<unsigned char>(letter));
    }
    return hash;
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return mix(kind ^ std::bit_cast<std::uint64_t>(*number == 0 ? 0.0 : *number));
  }
  return kind ^ (value == Value(true) ? 1 : 0);
}

/// An event with the samples that it refers to.
struct TestEvent {
  EventTime time;
  Hash128 id;
  std::vector<Sample> samples;

  operator MeasuredEvent() const { return {.time = time, .id = id, .samples = samples}; }
};
using History = std::vector<TestEvent>;

inline Sample sample(Value value) {
  return {.value = value, .hash = hash_of(value)};
}
inline TestEvent event_with(Value value, std::int64_t micros = 0, std::uint64_t id = 0) {
  return {.time = event_time_from_micros(micros), .id = {.low = id}, .samples = {sample(value)}};
}

inline TestEvent event_with_two(Value value) {
  return {.time = {}, .id = {}, .samples = {sample(value), sample(value)}};
}

inline Value random_value(SeededRandom& random) {
  using Limits = std::numeric_limits<double>;
  static const std::vector<Value> odd = {
      Value(),
      true,
      false,
      0.0,
      -0.0,
      1.0,
      -1.0,
      0.1,
      -0.1,
      Limits::denorm_min(),
      -Limits::denorm_min(),
      Limits::min(),
      Limits::max(),
      Limits::lowest(),
      1e308,
      -1e308,
      9223372036854775807.0,
      -9223372036854775808.0,
      0x1p-60,
      0x1p90,
      -0x1p94,
      1e-20,
      Limits::infinity(),
      std::string_view(),
      std::string_view("1"),
      std::string_view("true"),
      std::string_view("a text that does not fit into the string object itself")};
  if (random.one_in(2)) {
    return odd[random.below(odd.size())];
  }
  return (static_cast<double>(random.below(200)) - 100) / 7;
}

/// Events with two samples; times, ids and values that often tie.
inline History random_history(SeededRandom& random) {
  static const std::vector<std::int64_t> times = {std::numeric_limits<std::int64_t>::min(), -1, 0,
                                                  1, std::numeric_limits<std::int64_t>::max()};
  History history(random.below(150));
  for (TestEvent& event : history) {
    event.time = event_time_from_micros(times[random.below(times.size())]);
    event.id = {.low = random.below(3), .high = random.below(3)};
    event.samples = {sample(random_value(random)), sample(random_value(random))};
  }
  return history;
}

inline MeasureSet set_of(const MeasurePlan& plan, const History& history) {
  MeasureSet set(plan);
  for (const TestEvent& event : history) {
    set.update(event);
  }
  return set;
}

template <typename State>
std::string encoded(State&& state) {
  std::string bytes;
  ByteWriter out(bytes);
  state.encode(out);
  return bytes;
}

/// Takes `bytes` in. False when they are damaged or not at an end.
template <typename State>
bool decode_all(const std::string& bytes, State& into) {
  ByteReader in(bytes);
  return into.decode(in) && in.ok() && in.at_end();
}

inline MeasureResult result_of(const MeasureSpec& spec, const History& history,
                               Microseconds window = Microseconds(0)) {
  const MeasurePlan plan(std::vector{spec});
  return set_of(plan, history).finalize(window)[0];
}

}  // namespace hapax
