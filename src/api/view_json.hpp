#pragma once

#include <string>

#include "core/time.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// UTC as ISO 8601 with milliseconds and 'Z'; microseconds where they are not zero.
std::string to_iso8601(EventTime time);

/// The JSON of docs/http-api.md, "Read a view" and "Audit".
std::string to_json(const ViewAnswer& answer);
std::string to_json(const AuditReport& report);

}  // namespace hapax
