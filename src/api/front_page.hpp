// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "http/http.hpp"

namespace hapax {

/// What the front page tells of the server.
struct FrontPageFacts {
  std::string version;
  bool asks_for_read_key = false;
};

/// The answer to GET /: what runs here, how to send an event and read its count, which routes there
/// are. A page of plain HTML that loads nothing, or the same as JSON for who asks for that alone.
/// For a build without the dashboard.
HttpResponse front_page(const HttpRequest& request, const FrontPageFacts& facts);

/// Whether `request` asks for JSON and not for a page.
bool wants_json(const HttpRequest& request);

}  // namespace hapax
