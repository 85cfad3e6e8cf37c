// SPDX-License-Identifier: Apache-2.0
#include "read/live_channel.hpp"

#include <utility>

#include "core/time_math.hpp"

namespace hapax {

LiveChannel::LiveChannel(LiveQuery query, const Limits& limits, const Clock& clock)
    : query_(std::move(query)), limits_(limits), clock_(clock) {}

EventTime LiveChannel::range_start() const {
  return saturating_add(as_event_time(clock_.now()), -Microseconds(query_.range));
}

void LiveChannel::begin(SharedMoment moment) {
  state_.emplace(query_);
  state_->begin_at(range_start());
  loading_ = std::move(moment);
  since_.clear();
  since_cells_ = 0;
}

void LiveChannel::end() {
  state_.reset();
  loading_.reset();
  since_.clear();
  news_.reset();
  whole_.reset();
}

void LiveChannel::take(const SharedMoment& moment, const std::shared_ptr<const CellRun>& changed,
                       bool continues) {
  if (!continues || since_cells_ > limits_.since_cells) {
    begin(moment);
    return;
  }
  const Change change{.cells = changed, .watermark = moment->watermark};
  if (loading_) {
    since_cells_ += changed->size();
    since_.push_back(change);
  } else {
    take(change);
  }
}

void LiveChannel::take(const Change& change) {
  state_->take(*change.cells);
  state_->pass(change.watermark);
}

Result<void> LiveChannel::advance(std::chrono::milliseconds interval) {
  interval_ = interval;
  if (loading_) {
    HAPAX_TRY(load_slice());
  }
  if (!loading_ && clock_.monotonic() >= next_frame_) {
    state_->begin_at(range_start());
    if (state_->has_news()) {
      make_frame();
    }
  }
  return {};
}

/// What is loaded in place of what was is sent as a whole: nobody knows the frame before it.
Result<void> LiveChannel::load_slice() {
  HAPAX_ASSIGN(const bool loaded, state_->load(*loading_, limits_.slice_cells));
  if (!loaded) {
    return {};
  }
  for (const Change& change : std::exchange(since_, {})) {
    take(change);
  }
  since_cells_ = 0;
  loading_.reset();
  ++frame_;
  next_frame_ = {};
  return {};
}

void LiveChannel::make_frame() {
  ++frame_;
  news_ = state_->take_news({.number = frame_, .interval = interval_});
  whole_.reset();
  next_frame_ = clock_.monotonic() + interval_;
}

std::optional<LiveChannel::Time> LiveChannel::next() const {
  if (loading_) {
    return Time{};
  }
  return state_ && state_->has_news() ? std::optional(next_frame_) : std::nullopt;
}

/// Nothing while the state is loaded: half of it is no frame.
HttpStream::Piece LiveChannel::piece_after(std::uint64_t known) {
  if (!news_ || loading_ || known == frame_) {
    return nullptr;
  }
  if (known + 1 == frame_ && known > 0) {
    return news_;
  }
  if (!whole_) {
    whole_ = state_->whole({.number = frame_, .interval = interval_});
  }
  return whole_;
}

}  // namespace hapax
