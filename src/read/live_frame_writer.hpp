// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/http.hpp"
#include "read/live_query.hpp"
#include "read/live_window.hpp"
#include "read/row_writer.hpp"
#include "stream/window/window_assigner.hpp"

namespace hapax {

/// Renders one frame of a live stream, window by window. Threading: one owner. Lifetime: `query`
/// must outlive it.
class LiveFrameWriter : public LiveWindow::Listener {
 public:
  explicit LiveFrameWriter(const RowQuery& query) : query_(query), writer_(query) {}

  /// What comes is of that window.
  void begin(const Window& window) { window_ = window; }
  void on_row(std::string_view group, const ViewCellValue& value, LiveMarks marks) override;
  void on_left(std::string_view group) override;
  void on_other(const LiveOther& other) override;

  /// What the frame says beside that.
  struct Rest {
    std::string id;
    EventTime watermark;
    std::optional<EventTime> complete_until;
    EventTime from;
    bool whole;  ///< It is all that is shown, in place of what was.
    std::chrono::milliseconds interval;
  };
  HttpStream::Piece finish(const Rest& rest) const;

 private:
  const RowQuery& query_;
  RowWriter writer_;
  Window window_ = {};
  std::string rows_ = "[";
  std::string other_ = "[";
  std::string left_ = "[";
};

}  // namespace hapax
