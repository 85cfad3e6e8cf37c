// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "cluster/events_owner.hpp"
#include "partition/counted_events.hpp"
#include "partition/hot_confirmation.hpp"
#include "partition/hot_feed.hpp"
#include "ports/clock.hpp"

namespace hapax {

/// Tells a feed of a partition what is counted in it, as long as the feed is heard and topics
/// confirm what it was read of.
/// Threading: one owner. Lifetime: what is passed must outlive it.
class HotTelling {
 public:
  HotTelling(PartitionId partition, const EventsOwner& owner, CountedEvents& state)
      : partition_(partition), owner_(owner), state_(state) {}

  /// Tells what is new, if it is time to, or that it is too much. `partitions`: so many tell this
  /// feed. Cost: nothing while the feed is not heard; else that of what has changed, and
  /// HotFeedSettings::rest() is to follow.
  void step(const HotFeed& feed, HotConfirmation& told, const Clock& clock, std::size_t partitions);

 private:
  std::optional<HotUpdate> next_update(const HotFeed& feed);

  const PartitionId partition_;
  const EventsOwner& owner_;
  CountedEvents& state_;
  bool is_telling_ = false;
  bool is_untold_ = false;       // There is too much to be told, and readers know.
  std::uint64_t number_ = 0;     // Of the last update.
  std::uint64_t beginning_ = 0;  // The feed's beginnings() that the last one with `since` is of.
  CountedPlace told_ = {.counted = {}, .complete = ProcessingTime::min()};
  std::chrono::nanoseconds next_{};
};

}  // namespace hapax
