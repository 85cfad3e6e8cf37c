// SPDX-License-Identifier: Apache-2.0
#include "partition/hot_telling.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
void HotTelling::step(const HotFeed& feed, HotConfirmation& told, const Clock& clock,
                      std::size_t partitions) {
  if (!told.is_heard()) {
    is_untold_ = false;
    if (std::exchange(is_telling_, false)) {
      state_.end_telling();
    }
    return;
  }
  const auto began = clock.monotonic();
  if (began < next_ || !told.is_free()) {
    return;
  }
  const HotFeedSettings& settings = feed.settings();
  std::chrono::nanoseconds transfer{};
  if (const std::optional<HotUpdate> update = next_update(feed)) {
    std::string encoded = encode_hot_update(*update);
    transfer = settings.transfer(encoded.size() * partitions);
    told.hold(std::move(encoded));
  } else if (!is_untold_) {
    return;
  }
  next_ = began + std::max(is_untold_ ? settings.untold_pause : settings.interval, transfer);
}

std::optional<HotUpdate> HotTelling::next_update(const HotFeed& feed) {
  const std::optional<EventsOwner::Moment> moment = owner_.moment();
  if (!moment) {
    return std::nullopt;
  }
  const std::uint64_t beginnings = feed.beginnings();
  const bool is_asked_anew = beginning_ != beginnings;
  const bool begins = !is_telling_ || is_asked_anew;
  if (!begins && moment->place == told_) {
    return std::nullopt;
  }
  Result<std::optional<CountedEvents::Told>> told =
      state_.tell(moment->place,
                  {.cells_max = feed.settings().update_cells_max,
                   .bytes_max = feed.settings().update_bytes_max},
                  begins);
  if (!told) {
    return std::nullopt;  // The next freeze says why.
  }
  is_telling_ = told->has_value();
  const bool was_untold = std::exchange(is_untold_, !is_telling_);
  beginning_ = beginnings;
  told_ = moment->place;
  if (is_untold_ && was_untold && !is_asked_anew) {
    return std::nullopt;  // They know.
  }
  HotUpdate update{.partition = partition_, .epoch = moment->epoch, .number = ++number_};
  update.is_untold = is_untold_;
  if (*told) {
    update.since = begins ? std::optional((*told)->since) : std::nullopt;
    update.change = std::move((*told)->change);
  }
  return update;
}

}  // namespace hapax
