// SPDX-License-Identifier: Apache-2.0
#include "api/cors.hpp"

#include <utility>

namespace hapax {

void allow_origin(const std::string& origin, HttpResponse& response) {
  if (origin.empty()) {
    return;
  }
  // The origin and not "*", which Authorization and credentials are not covered by.
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Vary", "Origin");
  response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
  response.headers.emplace_back("Access-Control-Expose-Headers", "Retry-After");
}

HttpHandler::Respond for_origin(std::string origin, Readable readable,
                                HttpHandler::Respond respond) {
  if (origin.empty()) {
    return respond;
  }
  return
      [origin = std::move(origin), readable, respond = std::move(respond)](HttpResponse response) {
        if (readable == Readable::kAll || response.status >= 400) {
          allow_origin(origin, response);
        }
        respond(std::move(response));
      };
}

HttpResponse preflight(const HttpRequest& request) {
  HttpResponse response{.status = 204, .content_type = ""};
  allow_origin(request.origin, response);
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  if (!request.preflight_headers.empty()) {
    response.headers.emplace_back("Access-Control-Allow-Headers", request.preflight_headers);
  }
  response.headers.emplace_back("Access-Control-Max-Age", "3600");
  if (request.preflight_private_network) {
    response.headers.emplace_back("Access-Control-Allow-Private-Network", "true");
  }
  return response;
}

}  // namespace hapax
