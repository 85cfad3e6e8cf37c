#pragma once

#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Reads the parameters of GET /api/views/events_per_minute: from, to (ISO 8601 or epoch
/// milliseconds; default: the hour before `now` and everything after it), event, source, after
/// (a receipt), consistency (latest or final), and no others.
/// Errors: kInvalid, naming the parameter and its value.
Result<ViewQuery> parse_view_request(std::string_view query, EventTime now);

}  // namespace hapax
