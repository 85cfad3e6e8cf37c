// SPDX-License-Identifier: Apache-2.0
#include "read/live_channel.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace hapax {

LiveChannel::LiveChannel(LiveQuery query, std::string name, const Limits& limits,
                         const Clock& clock)
    : query_(std::move(query)), name_(std::move(name)), limits_(limits), clock_(clock) {}

Result<void> LiveChannel::begin(const SharedMoment& moment) {
  loading_ = moment->declared.at(view());
  loading_watermark_ = moment->watermark;
  since_.clear();
  since_cells_ = 0;
  loads_again_ = false;
  later_.reset();
  HAPAX_ASSIGN(state_, LiveState::create(query_));
  state_->begin_at(as_event_time(clock_.now()));
  return {};
}

void LiveChannel::end() {
  state_.reset();
  loading_.reset();
  later_.reset();
  since_.clear();
  frames_.clear();
  frame_bytes_ = 0;
  whole_.reset();
}

Result<bool> LiveChannel::take(const SharedMoment& moment, const RowChanges& changes) {
  const auto rows = moment->declared.find(view());
  if (rows == moment->declared.end()) {
    return false;
  }
  if (rows->second->is_of_parts()) {
    later_ = moment;
    return true;
  }
  const auto changed = changes.find(view());
  if (changed == changes.end() || since_cells_ > limits_.since_cells) {
    HAPAX_TRY(begin(moment));
    return true;
  }
  Change change{.rows = rows->second, .cells = changed->second, .watermark = moment->watermark};
  if (!loading_) {
    HAPAX_TRY(take(change));
    return true;
  }
  since_cells_ += change.cells->size();
  since_.push_back(std::move(change));
  return true;
}

Result<void> LiveChannel::take(const Change& change) {
  state_->drop_before(change.rows->first_living());
  HAPAX_TRY(state_->take(*change.cells));
  state_->pass(change.watermark, *change.rows);
  return {};
}

Result<void> LiveChannel::advance(std::chrono::milliseconds interval) {
  interval_ = interval;
  if (!loading_ && later_ && clock_.monotonic() >= load_next_) {
    load_again();
  }
  if (loading_) {
    HAPAX_TRY(load_slice());
  }
  if (!loading_ && clock_.monotonic() >= next_frame_) {
    state_->begin_at(as_event_time(clock_.now()));
    if (state_->has_news()) {
      return make_frame();
    }
  }
  return {};
}

/// What is loaded in place of what was is sent as a whole: nobody knows the frame before it.
Result<void> LiveChannel::load_slice() {
  state_->drop_before(loading_->first_living());
  HAPAX_ASSIGN(const bool loaded, state_->load(*loading_, limits_.slice_cells));
  if (!loaded) {
    return {};
  }
  state_->pass(loading_watermark_, *loading_);
  for (const Change& change : std::exchange(since_, {})) {
    HAPAX_TRY(take(change));
  }
  since_cells_ = 0;
  loading_.reset();
  if (!std::exchange(loads_again_, false)) {
    frames_.clear();
    frame_bytes_ = 0;
    ++frame_;
    next_frame_ = {};
  }
  return {};
}

/// What is shown goes on, so it is no new beginning.
void LiveChannel::load_again() {
  const SharedMoment moment = std::exchange(later_, nullptr);
  loading_ = moment->declared.at(view());
  loading_watermark_ = moment->watermark;
  loads_again_ = true;
  load_next_ = in_step(clock_.monotonic() + interval_);  // Right before a frame.
  state_->load_again();
}

Result<void> LiveChannel::make_frame() {
  ++frame_;
  HAPAX_ASSIGN(HttpStream::Piece news, within_limit(state_->take_news(frame_head())));
  keep(std::move(news));
  whole_.reset();
  next_frame_ = in_step(clock_.monotonic() + interval_);
  return {};
}

/// At multiples of the interval, so that frames of all queries come together: a client of several
/// gets them at once. Until it is in step, a query's frames are up to a quarter sooner.
LiveChannel::Time LiveChannel::in_step(Time at) const {
  const Time interval = interval_;
  return interval > Time(0) ? std::max(at - at % interval, at - interval / 4) : at;
}

Result<HttpStream::Piece> LiveChannel::within_limit(HttpStream::Piece frame) const {
  if (frame->size() > limits_.frame_bytes_max) {
    return Error{ErrorKind::kExhausted, "a frame would be longer than a stream may have it",
                 "ask for a smaller `top`, for fewer windows or measures"};
  }
  return frame;
}

/// The last one in any case.
void LiveChannel::keep(HttpStream::Piece frame) {
  frame_bytes_ += frame->size();
  frames_.push_back(std::move(frame));
  while (frames_.size() > 1 &&
         (frames_.size() > limits_.frames || frame_bytes_ > limits_.frames_bytes)) {
    frame_bytes_ -= frames_.front()->size();
    frames_.pop_front();
  }
}

LiveFrame LiveChannel::frame_head() const {
  return {.id = name_ + '-' + std::to_string(frame_), .interval = interval_};
}

std::optional<LiveChannel::Time> LiveChannel::next() const {
  if (loading_) {
    return Time{};
  }
  std::optional<Time> next;
  if (state_ && state_->has_news()) {
    next = next_frame_;
  }
  return state_ && later_ ? std::min(next.value_or(load_next_), load_next_) : next;
}

std::uint64_t LiveChannel::number_of(std::string_view id) const {
  std::uint64_t number = 0;
  if (!id.starts_with(name_) || id.substr(name_.size()).substr(0, 1) != "-") {
    return 0;
  }
  id.remove_prefix(name_.size() + 1);
  const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
  return read.ec == std::errc() && read.ptr == id.data() + id.size() ? number : 0;
}

/// Nothing while the state is loaded: half of it is no frame.
Result<HttpStream::Piece> LiveChannel::piece_after(std::uint64_t known) {
  if (frames_.empty() || is_half_loaded() || known == frame_) {
    return HttpStream::Piece();
  }
  if (known + 1 == frame_ && known > 0) {
    return frames_.back();
  }
  if (!whole_) {
    HAPAX_ASSIGN(whole_, within_limit(state_->whole(frame_head())));
  }
  return whole_;
}

std::optional<std::vector<HttpStream::Piece>> LiveChannel::missed_since(std::uint64_t known) const {
  if (is_half_loaded() || known == 0 || known > frame_ || frame_ - known > frames_.size()) {
    return std::nullopt;
  }
  return std::vector(frames_.end() - static_cast<std::ptrdiff_t>(frame_ - known), frames_.end());
}

}  // namespace hapax
