// SPDX-License-Identifier: Apache-2.0
#include "http/request_url.hpp"

namespace hapax {

std::string_view request_protocol(const HttpRequest& request) {
  const std::string_view forwarded = request.forwarded_proto;
  return forwarded.substr(0, forwarded.find_first_of(", ")) == "https" ? "https" : "http";
}

std::string request_url(const HttpRequest& request) {
  std::string url(request_protocol(request));
  return url.append("://").append(request.host.empty() ? "localhost" : request.host);
}

}  // namespace hapax
