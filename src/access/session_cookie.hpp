// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/http.hpp"

namespace hapax {

/// The tokens of sessions in a Cookie header; of more than a few the first. There are several when
/// somebody put one there for another path or a whole domain: whose is ours is found by asking all.
std::vector<std::string_view> session_tokens(std::string_view cookie);

/// Set-Cookie that begins a session, and that ends it. No script sees it, no other site's page
/// sends it, and once set over TLS it goes over nothing else.
std::string session_cookie(const HttpRequest& request, std::string_view token);
std::string no_session_cookie(const HttpRequest& request);

}  // namespace hapax
