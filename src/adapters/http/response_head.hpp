#pragma once

#include <string>

#include "ports/http.hpp"

namespace hapax {

/// Status line and headers of `response`, ready to send. A stream has no length and ends with its
/// connection.
std::string response_head(const HttpResponse& response, bool keep_alive);

}  // namespace hapax
