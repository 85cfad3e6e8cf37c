// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
/// it, so nothing is kept for anybody. The last frames are kept, for those that come back.
/// Threading: one owner, but for name(). Lifetime: `clock` must outlive it.
class LiveChannel {
 public:
  using Time = std::chrono::nanoseconds;  ///< Of the clock's monotonic().
  struct Limits {
    std::size_t slice_cells = 20'000;  ///< Loaded by one advance().
    /// Of cells that changed while others are loaded; beyond it loading begins anew.
    std::size_t since_cells = 1'000'000;
    /// Of the last frames, which are kept.
    std::size_t frames = 64;
    std::size_t frames_bytes = 256U << 10U;
    /// Of one frame. With one that is kept it has to fit into HttpServerSettings'
    /// stream_bytes_limit.
    std::size_t frame_bytes_max = 3U << 20U;
  };

  /// `name`: no other channel has it, of this process or another.
  LiveChannel(LiveQuery query, std::string name, const Limits& limits, const Clock& clock);

  const std::string& name() const { return name_; }
  const std::string& view() const { return query_.rows.view->id; }

  /// Shows `moment`, which has the view, in place of what was.
  Result<void> begin(const SharedMoment& moment);
  bool has_begun() const { return state_ != nullptr; }
  /// Shows nothing until begin().
  void end();

  /// Takes in the moment after the last one, as MomentListener is told of it. Where it is not known
  /// what has changed it begins anew; but where that never is (RowSnapshot::of_parts()) it reads
  /// again what it shows, an interval after the last time, and goes on with what differs. False:
  /// the view is not in it, so that it cannot go on. Errors: see LiveState::take(); only end()
  /// helps.
  Result<bool> take(const SharedMoment& moment, const RowChanges& changes);
  /// Loads a slice, if not all is loaded, and makes a frame, if there is news and the time of the
  /// next has come. `interval`: how long no other follows. Errors: see LiveState::load(); only
  /// end() helps, and as piece_after().
  Result<void> advance(std::chrono::milliseconds interval);
  /// When to call it again at the latest; nothing: after the next take().
  std::optional<Time> next() const;

  /// The number of the last frame.
  std::uint64_t frame() const { return frame_; }
  /// The number of the frame with that id; 0: it is of another channel, or none.
  std::uint64_t number_of(std::string_view id) const;
  /// What a stream gets that has got up to frame `known`, 0 for none; null when it has all. Errors:
  /// kExhausted, a frame would be longer than it may be; only end() helps.
  Result<HttpStream::Piece> piece_after(std::uint64_t known);
  /// All frames behind that one, for a stream that has come back with it: perhaps none. Nothing
  /// when they are not known any more.
  std::optional<std::vector<HttpStream::Piece>> missed_since(std::uint64_t known) const;

  /// About what it keeps.
  std::size_t bytes() const { return state_ ? state_->bytes() : 0; }

 private:
  struct Change {
    std::shared_ptr<const RowSnapshot> rows;
    std::shared_ptr<const CellRows> cells;
    EventTime watermark;
  };

  Result<void> take(const Change& change);
  Result<void> load_slice();
  void load_again();
  /// Nothing of the state is for streams yet.
  bool is_half_loaded() const { return loading_ && !loads_again_; }
  Result<void> make_frame();
  Result<HttpStream::Piece> within_limit(HttpStream::Piece frame) const;
  void keep(HttpStream::Piece frame);
  Time in_step(Time at) const;
  LiveFrame frame_head() const;

  const LiveQuery query_;
  const std::string name_;
  const Limits limits_;
  const Clock& clock_;
  std::unique_ptr<LiveState> state_;
  std::shared_ptr<const RowSnapshot> loading_;  // Null: all of it is loaded.
  EventTime loading_watermark_;
  bool loads_again_ = false;   // In place of what is shown, which stays until then.
  SharedMoment later_;         // To be read once loading_ is; null: there is none.
  Time load_next_{};           // No earlier than that.
  std::vector<Change> since_;  // What came after loading_.
  std::size_t since_cells_ = 0;
  std::chrono::milliseconds interval_{};
  std::uint64_t frame_ = 0;
  std::deque<HttpStream::Piece> frames_;  // The news of the last ones, up to that frame.
  std::size_t frame_bytes_ = 0;           // Of frames_.
  HttpStream::Piece whole_;               // All that was told; made when somebody needs it.
  Time next_frame_{};
};

}  // namespace hapax
