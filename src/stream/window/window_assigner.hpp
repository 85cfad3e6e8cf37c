// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "stream/window/window_spec.hpp"

namespace hapax {

/// A stretch of event time, [start, end) in UTC. A start before the first EventTime is that one, an
/// end behind the last EventTime that one, which then is in the window too. Identified by both: of
/// hopping windows several may begin with the first EventTime, or end with the last.
struct Window {
  EventTime start;
  EventTime end;

  friend auto operator<=>(const Window&, const Window&) = default;
};

/// Which windows an event time belongs to: a function of the spec, the time and the built-in time
/// zone rules, whatever was asked before.
///
/// A calendar day begins when the zone's clock first reaches its midnight. So days have 23 or 25
/// hours where the clock changes; a day whose midnight does not exist begins with the change; one
/// whose midnight comes twice begins with the first one, and holds what the clock shows of the day
/// before once more; a day that does not exist has no window. Weeks and months begin with their
/// first day.
/// Threading: one owner: it remembers the last window.
class WindowAssigner {
 public:
  /// Errors: those of check_window().
  static Result<WindowAssigner> create(const WindowSpec& spec);

  WindowAssigner(WindowAssigner&&) noexcept;
  WindowAssigner& operator=(WindowAssigner&&) noexcept;
  ~WindowAssigner();

  /// The windows that hold `time`, the earliest first: length / advance of hopping windows, else
  /// one. Valid until the next call.
  std::span<const Window> windows_of(EventTime time);

 private:
  class Calendar;

  explicit WindowAssigner(const WindowSpec& spec);

  void assign_fixed(EventTime time);

  WindowKind kind_;
  Microseconds length_;
  Microseconds advance_;
  std::unique_ptr<Calendar> calendar_;  // Of calendar windows.
  std::vector<Window> windows_;
};

}  // namespace hapax
