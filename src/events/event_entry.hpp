// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "events/event_verdict.hpp"
#include "record/event.hpp"

namespace hapax {

/// One raw event of `log` with what became of it (docs/http-api.md, "Raw events"), as JSON on one
/// line of at most kEventEntryBytesMax: of what a client may make large the beginning is shown.
/// `of`: the record that a copy is one of, where it is known.
std::string event_entry(LogId log, const EventAddress& at, const EventView& event,
                        EventVerdict verdict, const std::optional<EventAddress>& of);

constexpr std::size_t kEventEntryBytesMax = 512U << 10U;

/// How its time came about, as far as the record says: "as_sent", "at_arrival", "unreadable",
/// "ahead_corrected", "behind_corrected", "behind_left" or "too_far_ahead".
std::string_view time_reason(const EventView& event);

}  // namespace hapax
