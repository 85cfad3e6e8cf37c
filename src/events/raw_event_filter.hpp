// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "events/event_verdict.hpp"
#include "record/event.hpp"

namespace hapax {

/// Which raw events are asked for; what is empty or absent says nothing.
struct RawEventFilter {
  std::string source = {};
  std::string type = {};        ///< "track".
  std::string name = {};        ///< As sent.
  std::string user = {};        ///< User id or anonymous id.
  std::string message_id = {};  ///< As sent.
  std::optional<EventVerdict> verdict = {};

  /// But for the verdict.
  bool matches(const EventView& event) const;
  bool matches(EventVerdict of) const { return !verdict || *verdict == of; }
  /// Whether what is pending may match once it is decided. A dead letter never is pending.
  bool may_match_later() const { return verdict != EventVerdict::kRejected; }
};

/// The parameters that say it.
constexpr std::array<std::string_view, 6> kEventFilterParameters{"source", "type",       "name",
                                                                 "user",   "message_id", "verdict"};

/// Of a query string, whose other parameters are not looked at. Errors: kInvalid, a type or verdict
/// that there is not.
Result<RawEventFilter> parse_raw_event_filter(std::string_view query);

}  // namespace hapax
