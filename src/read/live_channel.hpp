// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "http/http.hpp"
#include "ports/clock.hpp"
#include "read/live_query.hpp"
#include "read/live_state.hpp"
#include "read/view_moment.hpp"

namespace hapax {

/// What all streams of one query get: its state, which is loaded slice by slice and kept up with
/// changes, and the frames of it. Whoever has the last frame gets the news; who has not gets all of
/// it, so nothing is kept for anybody.
/// Threading: one owner. Lifetime: `clock` must outlive it.
class LiveChannel {
 public:
  using Time = std::chrono::nanoseconds;  ///< Of the clock's monotonic().
  struct Limits {
    std::size_t slice_cells = 20'000;  ///< Loaded by one advance().
    /// Of cells that changed while others are loaded; beyond it loading begins anew.
    std::size_t since_cells = 1'000'000;
  };

  LiveChannel(LiveQuery query, const Limits& limits, const Clock& clock);

  /// Shows `moment`, in place of what was.
  void begin(SharedMoment moment);
  bool has_begun() const { return state_.has_value(); }
  /// Shows nothing until begin().
  void end();

  /// Takes in the moment after the last one, as MomentListener is told of it.
  void take(const SharedMoment& moment, const std::shared_ptr<const CellRun>& changed,
            bool continues);
  /// Loads a slice, if not all is loaded, and makes a frame, if there is news and the time of the
  /// next has come. `interval`: how long no other follows. Errors: see ViewSnapshot::scan(); only
  /// end() helps.
  Result<void> advance(std::chrono::milliseconds interval);
  /// When to call it again at the latest; nothing: after the next take().
  std::optional<Time> next() const;

  /// The number of the last frame.
  std::uint64_t frame() const { return frame_; }
  /// What a stream gets that has got up to frame `known`, 0 for none; null when it has all.
  HttpStream::Piece piece_after(std::uint64_t known);

 private:
  struct Change {
    std::shared_ptr<const CellRun> cells;
    EventTime watermark;
  };

  EventTime range_start() const;
  void take(const Change& change);
  Result<void> load_slice();
  void make_frame();

  const LiveQuery query_;
  const Limits limits_;
  const Clock& clock_;
  std::optional<LiveState> state_;
  SharedMoment loading_;       // Null: all of it is loaded.
  std::vector<Change> since_;  // What came after loading_.
  std::size_t since_cells_ = 0;
  std::chrono::milliseconds interval_{};
  std::uint64_t frame_ = 0;
  HttpStream::Piece news_;   // Of that frame.
  HttpStream::Piece whole_;  // All that was told with it; made when somebody needs it.
  Time next_frame_{};
};

}  // namespace hapax
