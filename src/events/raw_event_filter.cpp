// SPDX-License-Identifier: Apache-2.0
#include "events/raw_event_filter.hpp"

#include <fmt/format.h>

#include "http/query_string.hpp"

namespace hapax {
namespace {

bool is_wanted(const std::string& wanted, std::string_view value) {
  return wanted.empty() || wanted == value;
}

/// A dead letter has none: which it would be is not known.
std::string_view type_of(const EventView& event) {
  return event.rejection ? "" : type_name(event.type);
}

}  // namespace

bool RawEventFilter::matches(const EventView& event) const {
  return is_wanted(source, event.source) && is_wanted(name, event.name) &&
         is_wanted(message_id, event.message_id) && is_wanted(type, type_of(event)) &&
         (is_wanted(user, event.user_id) || is_wanted(user, event.anonymous_id));
}

Result<RawEventFilter> parse_raw_event_filter(std::string_view query) {
  RawEventFilter filter{.source = query_parameter(query, "source").value_or(""),
                        .type = query_parameter(query, "type").value_or(""),
                        .name = query_parameter(query, "name").value_or(""),
                        .user = query_parameter(query, "user").value_or(""),
                        .message_id = query_parameter(query, "message_id").value_or("")};
  if (!filter.type.empty() && parse_event_type(filter.type) == EventType::kUnspecified) {
    return Error{ErrorKind::kInvalid, fmt::format("parameter type=\"{}\" is no type", filter.type),
                 "use track, identify, page, screen, group or alias"};
  }
  const std::string verdict = query_parameter(query, "verdict").value_or("");
  filter.verdict = parse_verdict(verdict);
  if (!verdict.empty() && !filter.verdict) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("parameter verdict=\"{}\" is no verdict", verdict),
                 "use first, duplicate, conflict, restamped, rejected, pending or unknown"};
  }
  return filter;
}

}  // namespace hapax
