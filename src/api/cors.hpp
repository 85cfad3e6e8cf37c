// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "http/http.hpp"

namespace hapax {

/// Which answers a page of another origin may read. Errors may be read anywhere: an SDK that cannot
/// see the status takes a refusal for a fault of the network. What is read from the views may not,
/// or every page that somebody opens on the server's machine could read them.
enum class Readable { kAll, kErrors };

/// Adds the headers that let a page of `origin` read `response`; none without an origin.
void allow_origin(const std::string& origin, HttpResponse& response);

/// `respond`, with these headers in the answers that may be read.
HttpHandler::Respond for_origin(std::string origin, Readable readable,
                                HttpHandler::Respond respond);

/// The answer to OPTIONS of any path: whatever a page asks for may be sent.
HttpResponse preflight(const HttpRequest& request);

}  // namespace hapax
