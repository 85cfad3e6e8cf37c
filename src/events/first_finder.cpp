// SPDX-License-Identifier: Apache-2.0
#include "events/first_finder.hpp"

#include "hash/hash.hpp"

namespace hapax {

std::uint64_t event_key(const EventView& event, std::uint64_t seed) {
  return hash64(event.message_id, hash64(event.source, seed));
}

void FirstFinder::want(const EventView& copy, const std::vector<Offset>& cut) {
  firsts_.try_emplace(event_key(copy, seed_));
  before_ = before_.empty() ? cut : before_;
}

Result<void> FirstFinder::find(std::chrono::milliseconds time_max, const std::stop_token& stop) {
  const auto until = clock_.monotonic() + time_max;
  bool has_time = true;
  while (found_ < firsts_.size() && has_time && has_records_below(before_, log_)) {
    const LogSlice slice{.begin = log_.recent_before(before_), .before = before_, .stop = stop};
    const auto searched = search_file(slice);
    if (!searched && !is_still_held(slice, log_)) {
      return {};  // What is further back is gone, or goes.
    }
    HAPAX_TRY(searched);
    before_ = lower_of(before_, slice.begin);
    has_time = clock_.monotonic() < until;
  }
  return {};
}

/// Of an id that was forgotten and came again the newest first one counts.
Result<void> FirstFinder::search_file(const LogSlice& slice) {
  EventVerdicts verdicts(verdicts_);
  std::unordered_map<std::uint64_t, EventAddress> here;
  HAPAX_TRY(read_slice(log_, slice, [&](const SlicedRecord& one) -> Result<void> {
    const auto wanted = firsts_.find(event_key(one.event, seed_));
    if (wanted != firsts_.end() && !wanted->second) {
      HAPAX_ASSIGN(const EventVerdict verdict, verdicts.of(one.at, one.event));
      if (verdict == EventVerdict::kFirst) {
        here.insert_or_assign(wanted->first, one.at);
      }
    }
    return {};
  }));
  for (const auto& [key, at] : here) {
    firsts_.at(key) = at;
  }
  found_ += here.size();
  return {};
}

std::optional<EventAddress> FirstFinder::first_of(const EventView& copy) const {
  const auto found = firsts_.find(event_key(copy, seed_));
  return found != firsts_.end() ? found->second : std::nullopt;
}

}  // namespace hapax
