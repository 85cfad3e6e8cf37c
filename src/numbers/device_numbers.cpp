// SPDX-License-Identifier: Apache-2.0
#include "numbers/device_numbers.hpp"

#include <algorithm>
#include <iterator>

#include "bytes/varint.hpp"
#include "numbers/number_limits.hpp"

namespace hapax {
namespace {

/// What a stored state begins with.
constexpr std::uint64_t kNumbered = 0;
constexpr std::uint64_t kUnnumbered = 1;

template <typename T>
bool raise(T& value, T to) {
  const bool is_more = value < to;
  value = std::max(value, to);
  return is_more;
}

std::optional<std::uint32_t> take_u32(std::string_view& in, std::uint32_t most) {
  const auto value = take_varint(in);
  return value && *value <= most ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

}  // namespace

NumbersChange DeviceNumbers::add(const NumberArrival& arrival) {
  NumbersChange change;
  change.any = raise(last_day_, arrival.day);
  if (unnumbered_) {
    return change;
  }
  if (arrival.number > kNumberMax || arrival.made > kNumberMax) {
    become_unnumbered();
    change.any = true;
    change.is_collapse = true;
    return change;
  }
  for (std::size_t reason = 0; reason < kDropReasons; ++reason) {
    if (arrival.dropped[reason] != 0) {
      change.is_dropped |= dropped_.add(reason, arrival.day, arrival.dropped[reason]);
    }
  }
  insert(static_cast<std::uint32_t>(arrival.number), arrival.day, change);
  const auto made = static_cast<std::uint32_t>(std::max(arrival.made, arrival.number));
  change.any |= raise(made_, made) || change.is_dropped;
  return change;
}

void DeviceNumbers::insert(std::uint32_t number, std::uint32_t day, NumbersChange& change) {
  const bool is_last = ranges_.empty() || ranges_.back().last < number;
  const auto after =
      is_last ? ranges_.end() : std::ranges::lower_bound(ranges_, number, {}, &NumberRange::last);
  const std::uint32_t before = after == ranges_.begin() ? 0 : std::prev(after)->last;
  if (after != ranges_.end() && after->first <= number) {
    repeat(*after, before, number, day, change);
    return;
  }
  const std::int64_t taken = number - before;  // Of the gap that it was in, with itself.
  if (after != ranges_.end()) {
    change.add_gap(after->day, -taken);
  }
  change.add_gap(day, taken - 1);
  place(after, before, number, day);
  ++arrived_;
  change.any = true;
}

/// `number` came before, in `range`. Only of the first of a range it matters when.
void DeviceNumbers::repeat(NumberRange& range, std::uint32_t before, std::uint32_t number,
                           std::uint32_t day, NumbersChange& change) {
  if (number != range.first || range.day <= day) {
    return;
  }
  const std::int64_t missing = range.first - before - 1;
  change.add_gap(range.day, -missing);
  change.add_gap(day, missing);
  range.day = day;
  change.any = true;
}

/// Of a number that is the first of a range no longer, the day is forgotten: it cannot become one
/// again, as what came does not go.
void DeviceNumbers::place(Ranges::iterator after, std::uint32_t before, std::uint32_t number,
                          std::uint32_t day) {
  const bool joins_before = after != ranges_.begin() && before + 1 == number;
  const bool joins_after = after != ranges_.end() && after->first == number + 1;
  if (joins_before && joins_after) {
    std::prev(after)->last = after->last;
    ranges_.erase(after);
  } else if (joins_before) {
    std::prev(after)->last = number;
  } else if (joins_after) {
    after->first = number;
    after->day = day;
  } else {
    ranges_.insert(after, {.first = number, .last = number, .day = day});
  }
}

void DeviceNumbers::become_unnumbered() {
  const std::uint32_t last_day = last_day_;
  *this = DeviceNumbers();
  last_day_ = last_day;
  unnumbered_ = true;
}

void DeviceNumbers::combine(const DeviceNumbers& other) {
  last_day_ = std::max(last_day_, other.last_day_);
  if (unnumbered_ || other.unnumbered_) {
    become_unnumbered();
    return;
  }
  made_ = std::max(made_, other.made_);
  dropped_.combine(other.dropped_);
  Ranges both;
  std::ranges::merge(ranges_, other.ranges_, std::back_inserter(both), {}, &NumberRange::first,
                     &NumberRange::first);
  ranges_.clear();
  arrived_ = 0;
  for (const NumberRange& range : both) {
    if (ranges_.empty() || range.first > ranges_.back().last + 1) {
      ranges_.push_back(range);
      continue;
    }
    NumberRange& open = ranges_.back();
    open.day = range.first == open.first ? std::min(open.day, range.day) : open.day;
    open.last = std::max(open.last, range.last);
  }
  for (const NumberRange& range : ranges_) {
    arrived_ += range.last - range.first + 1;
  }
}

std::size_t DeviceNumbers::bytes() const {
  return ranges_.capacity() * sizeof(NumberRange) +
         dropped_.steps().capacity() * sizeof(DroppedSteps::Step);
}

std::string DeviceNumbers::encode() const {
  std::string out;
  append_varint(unnumbered_ ? kUnnumbered : kNumbered, out);
  append_varint(last_day_, out);
  if (unnumbered_) {
    return out;
  }
  append_varint(ranges_.size(), out);
  std::uint32_t before = 0;
  for (const NumberRange& range : ranges_) {
    append_varint(range.first - before - 1, out);
    append_varint(range.last - range.first, out);
    append_varint(last_day_ - range.day, out);
    before = range.last;
  }
  append_varint(open_tail(), out);
  dropped_.encode(last_day_, out);
  return out;
}

bool DeviceNumbers::decode_ranges(std::string_view& in) {
  const auto count = take_u32(in, kNumberMax);
  for (std::uint32_t i = 0; count && i < *count; ++i) {
    const std::uint32_t before = highest();
    const auto gap = take_u32(in, kNumberMax);
    const auto length = take_u32(in, kNumberMax);
    const auto days = take_u32(in, last_day_ - 1);
    if (!gap || !length || !days || (*gap == 0 && i > 0) ||
        before + *gap + 1 + *length > kNumberMax) {
      return false;
    }
    const std::uint32_t first = before + *gap + 1;
    ranges_.push_back({.first = first, .last = first + *length, .day = last_day_ - *days});
    arrived_ += *length + 1;
  }
  return count && *count > 0;
}

std::optional<DeviceNumbers> DeviceNumbers::decode(std::string_view bytes) {
  DeviceNumbers numbers;
  const auto kind = take_varint(bytes);
  const auto last_day = take_u32(bytes, UINT32_MAX);
  if (!kind || *kind > kUnnumbered || !last_day || *last_day == 0) {
    return std::nullopt;
  }
  numbers.last_day_ = *last_day;
  numbers.unnumbered_ = *kind == kUnnumbered;
  if (!numbers.unnumbered_) {
    if (!numbers.decode_ranges(bytes)) {
      return std::nullopt;
    }
    const auto tail = take_u32(bytes, kNumberMax - numbers.highest());
    if (!tail || !numbers.dropped_.decode(*last_day, bytes)) {
      return std::nullopt;
    }
    numbers.made_ = numbers.highest() + *tail;
  }
  return bytes.empty() ? std::optional(std::move(numbers)) : std::nullopt;
}

}  // namespace hapax
