// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "http/http.hpp"
#include "ports/view_store.hpp"
#include "read/live_query.hpp"
#include "read/live_window.hpp"
#include "read/view_moment.hpp"
#include "stream/watermark.hpp"

namespace hapax {

/// What every frame of a stream says beside its cells.
struct LiveFrame {
  std::uint64_t number = 0;              ///< One more than that of the frame before.
  std::chrono::milliseconds interval{};  ///< No other one comes before it is over.
};

/// What all streams of one query show: loaded from a moment of the view slice by slice, then kept
/// up with its changes, and rendered as frames (docs/http-api.md, "Live stream").
/// Threading: one owner.
class LiveState {
 public:
  explicit LiveState(LiveQuery query);

  /// Windows that start before `from` go; none of them comes again.
  void begin_at(EventTime from);

  /// Takes in the cells of the next `cells_max` of the moment; true when that was all. Errors: see
  /// ViewSnapshot::scan().
  Result<bool> load(const ViewMoment& moment, std::size_t cells_max);
  /// Takes in what changed after the moment that was loaded.
  void take(const CellRun& changed);
  /// The watermark of the newest moment.
  void pass(EventTime watermark);

  bool has_news() const { return news_; }
  /// Renders what has changed since the last one, and from then on that is told.
  HttpStream::Piece take_news(const LiveFrame& frame);
  /// Renders all that is shown; take_news() still says what of it is new to those who know the
  /// frame.
  HttpStream::Piece whole(const LiveFrame& frame);

 private:
  void take(const CellKeyParts& cell, const CellSummary& summary, std::uint64_t added);

  const LiveQuery query_;
  const GroupFilter filter_;
  std::map<EventTime, LiveWindow> windows_;
  EventTime from_ = EventTime::min();
  EventTime watermark_ = kWatermarkMin;
  std::string loaded_;  ///< The key from which the next slice is; empty: the first.
  bool news_ = false;
};

}  // namespace hapax
