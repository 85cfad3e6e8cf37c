// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "http/http.hpp"

namespace hapax {

/// "https" or "http", as the client used it: behind proxies by X-Forwarded-Proto, of several by the
/// first.
std::string_view request_protocol(const HttpRequest& request);

/// Where the client sent `request` to, without a path: "https://events.example.com".
std::string request_url(const HttpRequest& request);

}  // namespace hapax
