// SPDX-License-Identifier: Apache-2.0
#include "partition/hot_telling.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

constexpr int kPausePerWork = 9;

}  // namespace

void HotTelling::step(const HotFeed& feed, HotConfirmation& told, const Clock& clock,
                      std::size_t partitions) {
  if (!told.is_heard()) {
    if (std::exchange(is_telling_, false)) {
      state_.end_telling();
    }
    return;
  }
  const auto began = clock.monotonic();
  if (began < next_ || !told.is_free()) {
    return;
  }
  const std::optional<HotUpdate> update = next_update(feed);
  if (!update) {
    return;
  }
  std::string encoded = encode_hot_update(*update);
  const std::chrono::nanoseconds transfer(
      std::chrono::nanoseconds(std::chrono::seconds(1)).count() /
      static_cast<std::int64_t>(feed.settings().bytes_per_second_max) *
      static_cast<std::int64_t>(encoded.size() * partitions));
  told.hold(std::move(encoded));
  const auto ended = clock.monotonic();
  next_ = std::max({began + feed.settings().interval, ended + kPausePerWork * (ended - began),
                    began + transfer});
}

std::optional<HotUpdate> HotTelling::next_update(const HotFeed& feed) {
  const std::optional<EventsOwner::Moment> moment = owner_.moment();
  if (!moment) {
    return std::nullopt;
  }
  const std::uint64_t beginnings = feed.beginnings();
  const bool begins = !is_telling_ || beginning_ != beginnings;
  if (!begins && moment->place == told_) {
    return std::nullopt;
  }
  Result<CountedEvents::Told> told = state_.tell(moment->place, begins);
  if (!told) {
    return std::nullopt;  // The next freeze says why.
  }
  is_telling_ = true;
  beginning_ = beginnings;
  told_ = moment->place;
  return HotUpdate{.partition = partition_,
                   .epoch = moment->epoch,
                   .number = ++number_,
                   .since = begins ? std::optional(told->since) : std::nullopt,
                   .change = std::move(told->change)};
}

}  // namespace hapax
