// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/time.hpp"
#include "stream/window/window_assigner.hpp"

namespace hapax {

/// Knows up to where no session goes on: a session is over once the watermark has passed the gap
/// after its last event, and can then be changed by late events alone. Of the sessions that begin
/// in a window only the last event is remembered, and only where no earlier window has a later one:
/// so what it says may lag behind the truth, where a late event moves a session to another window,
/// by one gap. Memory: 16 bytes for each window of which sessions go on.
/// Threading: one owner.
class OpenSessions {
 public:
  explicit OpenSessions(Microseconds gap) : gap_(gap) {}

  /// A session that begins in `window`, of those that do not overlap, has its last event there.
  void note(const Window& window, EventTime last);
  /// Windows that end at or before it, and at or before `watermark`, are final. It goes back where
  /// a late event goes on with a session that was over.
  EventTime final_until(EventTime watermark) const;
  /// The same, of a watermark that ascends: forgets what is over.
  EventTime settle(EventTime watermark);
  /// Nobody asks for windows that start before it any more.
  void drop_before(EventTime start);

  bool empty() const { return last_.empty(); }
  /// Format: docs/formats/views.md.
  void encode(ByteWriter& out) const;
  /// On a new one. False when it is damaged.
  [[nodiscard]] bool decode(ByteReader& in);

 private:
  using Sessions = std::vector<std::pair<EventTime, EventTime>>;

  Sessions::const_iterator first_open(EventTime watermark) const;

  Microseconds gap_;
  Sessions last_;  // By the start of the window; both ascend.
};

}  // namespace hapax
