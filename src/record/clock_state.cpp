// SPDX-License-Identifier: Apache-2.0
#include "record/clock_state.hpp"

#include <algorithm>

#include "bytes/bytes.hpp"
#include "core/time_math.hpp"
#include "record/event_time.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint32_t kTimeFlags = kEventFlagClockAhead | kEventFlagClockBehind |
                                     kEventFlagClockCorrected | kEventFlagTimeUnreadable;

void put(Microseconds duration, ByteWriter& out) {
  out.put_u64(static_cast<std::uint64_t>(duration.count()));
}

Microseconds duration(ByteReader& in) {
  return Microseconds(static_cast<std::int64_t>(in.u64()));
}

void put(const DoubtedEpoch& doubt, ByteWriter& out) {
  out.put_u32(doubt.epoch.value());
  out.put_time(doubt.began);
  put(doubt.lag, out);
  out.put_time(doubt.newest);
  out.put_time(doubt.closed_until);
  put(doubt.ahead_limit, out);
}

void take(ByteReader& in, DoubtedEpoch& doubt) {
  doubt.epoch = ClockEpoch(in.u32());
  doubt.began = in.processing_time();
  doubt.lag = duration(in);
  doubt.newest = in.processing_time();
  doubt.closed_until = in.event_time();
  doubt.ahead_limit = duration(in);
}

void put(const ClockCorrection& correction, ByteWriter& out) {
  out.put_u32(correction.epoch.value());
  put(correction.shift, out);
  put(correction.ahead_limit, out);
}

void take(ByteReader& in, ClockCorrection& correction) {
  correction.epoch = ClockEpoch(in.u32());
  correction.shift = duration(in);
  correction.ahead_limit = duration(in);
}

template <typename T>
void put_list(std::span<const T> list, ByteWriter& out) {
  out.put_u32(static_cast<std::uint32_t>(list.size()));
  for (const T& one : list) {
    put(one, out);
  }
}

template <typename T>
void take_list(ByteReader& in, std::vector<T>& list) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    take(in, list.emplace_back());
  }
}

template <typename T>
const T* find(const std::vector<T>& list, ClockEpoch epoch) {
  const auto found = std::ranges::find(list, epoch, &T::epoch);
  return found == list.end() ? nullptr : &*found;
}

std::optional<Timestamp> zoned(std::optional<EventTime> time, bool has_zone) {
  return time ? std::optional(Timestamp{.time = *time, .has_zone = has_zone}) : std::nullopt;
}

}  // namespace

const DoubtedEpoch* ClockState::find_doubted(ClockEpoch epoch) const {
  return find(doubted, epoch);
}

const ClockCorrection* ClockState::find_correction(ClockEpoch epoch) const {
  return find(corrections, epoch);
}

ProcessingTime ClockState::running_time(ProcessingTime received_at, ClockEpoch epoch) const {
  if (epoch > newest) {
    return ProcessingTime::min();
  }
  if (epoch != kUndoubted) {
    if (const DoubtedEpoch* doubt = find_doubted(epoch)) {
      return saturating_add(received_at, -doubt->lag);
    }
    if (const ClockCorrection* correction = find_correction(epoch)) {
      received_at = saturating_add(received_at, correction->shift);
    }
  }
  return saturating_add(received_at, -lag);
}

std::string encode_clock_state(const ClockState& state) {
  std::string value;
  ByteWriter out(value);
  out.put_u8(kVersion);
  out.put_u32(state.number);
  out.put_u32(state.newest.value());
  out.put_u8(state.is_doubted ? 1 : 0);
  out.put_u8(state.is_confirmed ? 1 : 0);
  put(state.jumps, out);
  put(state.lag, out);
  out.put_time(state.running);
  out.put_time(state.keep_until);
  put_list(std::span(state.doubted), out);
  put_list(std::span(state.corrections), out);
  return value;
}

void encode_corrections(std::span<const ClockCorrection> corrections, ByteWriter& out) {
  put_list(corrections, out);
}

std::vector<ClockCorrection> decode_corrections(ByteReader& in) {
  std::vector<ClockCorrection> corrections;
  take_list(in, corrections);
  return corrections;
}

Result<ClockState> decode_clock_state(std::string_view value) {
  ByteReader in(value);
  if (const auto version = in.u8(); in.ok() && version != kVersion) {
    return Error{ErrorKind::kInvalid,
                 "the log holds a clock state of format version " + std::to_string(version) +
                     ", this program reads " + std::to_string(kVersion),
                 "start the version of hapax that wrote the log"};
  }
  ClockState state;
  state.number = in.u32();
  state.newest = ClockEpoch(in.u32());
  state.is_doubted = in.u8() != 0;
  state.is_confirmed = in.u8() != 0;
  state.jumps = duration(in);
  state.lag = duration(in);
  state.running = in.processing_time();
  state.keep_until = in.processing_time();
  take_list(in, state.doubted);
  take_list(in, state.corrections);
  if (!in.ok() || !in.at_end() || (state.is_doubted && state.doubted.empty())) {
    return Error{ErrorKind::kCorrupt, "a control record of " + std::to_string(value.size()) +
                                          " bytes holds no clock state"};
  }
  return state;
}

Result<std::optional<ClockState>> clock_state_of(const EventView& event) {
  HAPAX_ASSIGN(const auto control, decode_control(event.control));
  if (control.kind != kClockControl) {
    return std::optional<ClockState>();
  }
  return decode_clock_state(control.value).transform([](ClockState state) {
    return std::optional(std::move(state));
  });
}

Result<std::optional<ClockState>> clock_state_among(std::span<const std::string> controls) {
  std::optional<ClockState> state;
  for (const std::string& record : controls) {
    HAPAX_ASSIGN(const auto event, decode_event(record));
    HAPAX_ASSIGN(auto said, clock_state_of(event));
    state = said ? std::move(said) : state;
  }
  return state;
}

void correct(EventView& event, const ClockCorrection& correction) {
  event.received_at = saturating_add(event.received_at, correction.shift);
  event.clock_epoch = kUndoubted.value();
  if (event.rejection) {
    return;
  }
  const bool comparable = (event.flags & kEventFlagSentAtElsewhere) == 0;
  const auto decided = decide_event_time(
      {.act = zoned(event.original_timestamp, true),
       .is_act_unreadable = (event.flags & kEventFlagTimeUnreadable) != 0,
       .sent_at = zoned(event.sent_at, comparable)},
      event.received_at, (event.flags & kEventFlagSentAtFresh) != 0, correction.ahead_limit);
  event.event_time = decided.event_time;
  event.flags = (event.flags & ~kTimeFlags) | event_flags(decided.reason);
}

}  // namespace hapax
