// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/open_sessions.hpp"

#include <algorithm>
#include <iterator>

#include "core/time_math.hpp"

namespace hapax {

void OpenSessions::note(const Window& window, EventTime last) {
  const auto behind = last_.upper_bound(window.start);
  if (behind != last_.begin() && std::prev(behind)->second >= last) {
    return;
  }
  auto covered = last_.insert_or_assign(window.start, last).first;
  while (++covered != last_.end() && covered->second <= last) {
    covered = std::prev(last_.erase(covered));
  }
}

OpenSessions::Sessions::const_iterator OpenSessions::first_open(EventTime watermark) const {
  return std::ranges::find_if(
      last_, [&](const auto& one) { return saturating_add(one.second, gap_) >= watermark; });
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
  const auto kept = last_.lower_bound(start);
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
    if (!last_.empty() && (last_.rbegin()->first >= start || last_.rbegin()->second >= last)) {
      return false;
    }
    last_.emplace_hint(last_.end(), start, last);
  }
  return in.ok();
}

}  // namespace hapax
