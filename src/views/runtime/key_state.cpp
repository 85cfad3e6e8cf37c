// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/key_state.hpp"

#include <algorithm>
#include <tuple>

#include "bytes/bytes.hpp"

namespace hapax {
namespace {

/// Any two times are apart by less than 2^64 microseconds.
double seconds_between(EventTime first, EventTime last) {
  const auto micros =
      static_cast<std::uint64_t>(to_micros(last)) - static_cast<std::uint64_t>(to_micros(first));
  constexpr double kMicrosPerSecond = 1e6;
  return static_cast<double>(micros) / kMicrosPerSecond;
}

void decode_exit(ByteReader& in, KeyState& state) {
  KeyExit exit;
  exit.id.low = in.u64();
  exit.id.high = in.u64();
  exit.group = in.string();
  state.exit = std::make_shared<const KeyExit>(std::move(exit));
}

}  // namespace

void KeyState::combine(const KeyState& other) {
  events += other.events;
  if (exit && (last < other.last || (last == other.last && other.exit->id < exit->id))) {
    exit = other.exit;
  }
  last = std::max(last, other.last);
  if (std::tie(other.first, other.first_id) < std::tie(first, first_id)) {
    first = other.first;
    first_id = other.first_id;
    group = other.group;
  }
}

KeyState::Samples KeyState::samples(bool is_new) const {
  Samples samples;
  samples[input_of(FieldKind::kKeyEvents)].value = static_cast<double>(events);
  samples[input_of(FieldKind::kKeySeconds)].value = seconds_between(first, last);
  samples[input_of(FieldKind::kKeyBounced)].value = events == 1 ? 1.0 : 0.0;
  samples[input_of(FieldKind::kKeyIsNew)].value = is_new ? 1.0 : 0.0;
  return samples;
}

bool KeyState::is_in_group_of(const KeyState& other) const {
  return group == other.group && (exit == other.exit || exit->group == other.exit->group);
}

std::size_t KeyState::bytes() const {
  constexpr std::size_t kExitBytes = sizeof(KeyExit) + 32;  // With what it is shared by.
  return group.size() + (exit ? kExitBytes + exit->group.size() : 0);
}

std::string encode_key_state(const KeyState& state) {
  std::string encoded;
  ByteWriter out(encoded);
  out.put_u64(state.events);
  out.put_time(state.first);
  out.put_u64(state.first_id.low);
  out.put_u64(state.first_id.high);
  out.put_time(state.last);
  out.put_string(state.group);
  if (state.exit) {
    out.put_u64(state.exit->id.low);
    out.put_u64(state.exit->id.high);
    out.put_string(state.exit->group);
  }
  return encoded;
}

std::optional<KeyState> decode_key_state(std::string_view bytes, KeyForm form) {
  ByteReader in(bytes);
  KeyState state{.events = in.u64()};
  state.first = in.event_time();
  state.first_id.low = in.u64();
  state.first_id.high = in.u64();
  state.last = in.event_time();
  state.group = in.string();
  if (form == KeyForm::kEntryAndExit) {
    decode_exit(in, state);
  }
  const bool is_whole = in.ok() && in.at_end() && state.events > 0 && state.first <= state.last;
  return is_whole ? std::optional(std::move(state)) : std::nullopt;
}

}  // namespace hapax
