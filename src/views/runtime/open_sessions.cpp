// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/open_sessions.hpp"

#include <algorithm>
#include <iterator>

#include "core/time_math.hpp"

namespace hapax {

void OpenSessions::note(const Window& window, EventTime last) {
  const auto behind =
      std::ranges::upper_bound(last_, window.start, {}, &Sessions::value_type::first);
  const bool has_before = behind != last_.begin();
  if (has_before && std::prev(behind)->second >= last) {
    return;
  }
  const auto at =
      has_before && std::prev(behind)->first == window.start ? std::prev(behind) : behind;
  const auto later = std::partition_point(behind, last_.end(),
                                          [&](const auto& one) { return one.second <= last; });
  last_.insert(last_.erase(at, later), {window.start, last});
}

OpenSessions::Sessions::const_iterator OpenSessions::first_open(EventTime watermark) const {
  return std::ranges::partition_point(
      last_, [&](const auto& one) { return saturating_add(one.second, gap_) < watermark; });
}

EventTime OpenSessions::final_until(EventTime watermark) const {
  const auto open = first_open(watermark);
  return open == last_.end() ? watermark : std::min(watermark, open->first);
}

EventTime OpenSessions::settle(EventTime watermark) {
  last_.erase(last_.begin(), first_open(watermark));
  return final_until(watermark);
}

// What is dropped may have stood for sessions of later windows that end before it does.
void OpenSessions::drop_before(EventTime start) {
  const auto kept = std::ranges::lower_bound(last_, start, {}, &Sessions::value_type::first);
  if (kept == last_.begin()) {
    return;
  }
  const EventTime last = std::prev(kept)->second;
  last_.erase(last_.begin(), kept);
  note({.start = start, .end = start}, last);
}

void OpenSessions::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(last_.size()));
  for (const auto& [start, last] : last_) {
    out.put_time(start);
    out.put_time(last);
  }
}

bool OpenSessions::decode(ByteReader& in) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const EventTime start = in.event_time();
    const EventTime last = in.event_time();
    if (!last_.empty() && (last_.back().first >= start || last_.back().second >= last)) {
      return false;
    }
    last_.emplace_back(start, last);
  }
  return in.ok();
}

}  // namespace hapax
