// SPDX-License-Identifier: Apache-2.0
#include "read/live_outlet.hpp"

#include <utility>

namespace hapax {

bool LiveOutlet::takes(Lane& lane) {
  if (!has_frames_) {
    Way taken = Way::kTaken;
    if (way_ == Way::kWanted || way_.compare_exchange_strong(taken, Way::kWanted)) {
      return false;
    }
  }
  const bool has_turn = waiting_ == 0 || lane.waits;
  const bool has_room = !has_frames_ || round_bytes_ > round_size_;
  if (has_turn && has_room) {
    return true;
  }
  is_refusing_ = true;
  if (has_turn && !lane.waits) {
    lane.waits = true;
    ++waiting_;
  }
  return false;
}

void LiveOutlet::add(Lane& lane, const Piece& frame) {
  round_.reserve(round_.size() + 2);  // Both, or none of them.
  if (lane.head) {
    add(lane.head);
  }
  add(frame);
  has_frames_ = true;
  leave(lane);
}

void LiveOutlet::add(const Piece& piece) {
  round_.push_back(piece);
  round_size_ += piece->size();
}

void LiveOutlet::leave(Lane& lane) {
  waiting_ -= std::exchange(lane.waits, false) ? 1 : 0;
}

/// What was sent before may still be on its way, if all that is added takes no part in rounds; not
/// if somebody was refused for want of room.
void LiveOutlet::flush() noexcept {
  const auto stream = stream_.lock();
  if (has_frames_ || (is_refusing_ && !round_.empty())) {
    way_ = is_refusing_ ? Way::kWanted : Way::kTaken;
  }
  try {
    if (stream && !round_.empty()) {
      stream->write_all(round_);
    }
  } catch (...) {  // No memory; without it the client would miss a frame and not know.
    is_ending_ = true;
  }
  try {
    if (stream && is_ending_) {
      stream->end();
    }
  } catch (...) {  // Its client ends it.
  }
  round_.clear();
  round_size_ = 0;
  has_frames_ = false;
  is_refusing_ = false;
  is_ending_ = false;
}

}  // namespace hapax
