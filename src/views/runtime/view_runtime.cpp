// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_runtime.hpp"

#include <algorithm>
#include <span>

namespace hapax {

Result<void> ViewRuntime::add(EventInputs& inputs, EventTime watermark) {
  const auto [accepted, kind_mismatches] = plan_.accepts(inputs);
  const KeyedEvent& event = inputs.event();
  if (accepted || kind_mismatches > 0) {
    HAPAX_TRY(open_account(inputs));
  }
  std::span<const Window> windows;
  if (accepted) {
    // Those that end first expire first. Where our clock went back, one may be dropped that has not
    // expired by the record.
    windows = plan_.windows_of(event.event.event_time);
    const auto living = std::ranges::find_if(windows, [&](const Window& window) {
      return !plan_.is_expired(window, event.event.received_at) && !cells_.is_dropped(window);
    });
    windows = windows.last(static_cast<std::size_t>(windows.end() - living));
  }
  if (!windows.empty()) {
    group_.clear();
    plan_.append_group(inputs, group_);
    HAPAX_TRY(cells_.add(windows, group_,
                         {.time = event.event.event_time,
                          .id = event.seen.id,
                          .samples = inputs.samples(plan_.samples())},
                         watermark));
  }
  if (accepted || kind_mismatches > 0) {
    const EventFate of_window = windows.empty() ? EventFate::kExpired : EventFate::kCounted;
    enter(inputs, accepted ? of_window : EventFate::kFiltered, windows.size(), kind_mismatches);
  }
  if (!accepted) {
    filtered_.add(event.seen.id);
  }
  return {};
}

void ViewRuntime::drop_expired(ProcessingTime until) {
  if (const std::optional<Window> first = plan_.first_living(until)) {
    cells_.drop_before(*first);
  }
}

}  // namespace hapax
