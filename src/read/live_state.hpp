// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "http/http.hpp"
#include "read/group_match.hpp"
#include "read/live_query.hpp"
#include "read/live_window.hpp"
#include "stream/watermark.hpp"
#include "stream/window/window_assigner.hpp"
#include "views/runtime/row_snapshot.hpp"

namespace hapax {

class LiveFrameWriter;

/// What every frame of a stream says beside its rows.
struct LiveFrame {
  std::string id;
  std::chrono::milliseconds interval{};  ///< No other one comes before it is over.
};

/// What all streams of one query show: loaded from the cells of a moment slice by slice, then kept
/// up with their changes, and rendered as frames (docs/http-api.md, "Live stream").
/// Threading: one owner. Lifetime: `query` must outlive it.
class LiveState {
 public:
  /// Errors: those of WindowAssigner::create().
  static Result<std::unique_ptr<LiveState>> create(const LiveQuery& query);

  /// It is `now`: windows that are no longer shown go; none of them comes again.
  void begin_at(EventTime now);
  /// So do those that the view has dropped.
  void drop_before(const std::optional<Window>& first_living);

  /// Takes in the next `cells_max` cells, shown or not; true when that was all. Errors: kCorrupt;
  /// those of the store.
  Result<bool> load(const RowSnapshot& cells, std::size_t cells_max);
  /// From now on load() begins from the first cell again, and what it does not find once it is
  /// through is gone. News are what has changed, as if that had been told by take().
  void load_again();
  /// Takes in what changed after that. Errors: kCorrupt.
  Result<void> take(const CellRows& changed);
  /// The watermark of the newest moment, and what is of all cells then: up to where windows are
  /// final, and which shares of the keys they count.
  void pass(EventTime watermark, const RowSnapshot& cells);

  bool has_news() const { return news_; }
  /// Renders what has changed since the last one, and from then on that is told.
  HttpStream::Piece take_news(const LiveFrame& frame);
  /// Renders all that was told, as the last take_news() left it.
  HttpStream::Piece whole(const LiveFrame& frame) const;

  /// About what it keeps.
  std::size_t bytes() const;

 private:
  LiveState(const LiveQuery& query, WindowAssigner windows);

  bool is_wanted(std::string_view group) const;
  Result<void> put(const Window& window, std::string_view group, std::string_view value);
  void show_from(EventTime from);
  void sample(const std::shared_ptr<const KeyShares>& shares);
  double share_of(const Window& window) const { return shares_ ? shares_->of(window) : 1; }
  LiveMarks marks_of(const Window& window) const;
  HttpStream::Piece finish(const LiveFrameWriter& rows, const LiveFrame& frame, bool whole) const;

  /// What a frame says beside its rows.
  struct Told {
    EventTime watermark = kWatermarkMin;
    std::optional<EventTime> complete_until = {};
    EventTime from = EventTime::min();
  };

  const LiveQuery& query_;
  const GroupMatch match_;
  WindowAssigner assigner_;
  std::map<Window, LiveWindow> windows_;
  EventTime now_ = EventTime::min();
  std::optional<Window> newest_;  ///< The last one that holds `now_`.
  EventTime settled_until_ = EventTime::min();
  std::shared_ptr<const KeyShares> shares_;
  Told next_;           ///< What the next frame says.
  Told told_;           ///< What the last one said.
  std::string loaded_;  ///< The key from which the next slice is.
  bool loads_again_ = false;
  bool news_ = false;
};

}  // namespace hapax
