// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "http/http.hpp"

namespace hapax {

/// Status line and headers of `response`, ready to send, into `head`. A stream has no length and
/// ends with its connection. `date`: the value of the Date header (RFC 9110, 6.6.1).
void write_response_head(const HttpResponse& response, bool keep_alive, std::string_view date,
                         std::string& head);

}  // namespace hapax
