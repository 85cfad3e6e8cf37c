// SPDX-License-Identifier: Apache-2.0
#include "api/metrics_access.hpp"

#include <utility>
#include <variant>

#include "http/error_response.hpp"

namespace hapax {

std::optional<HttpResponse> refused_figures(const Gate& gate, const HttpRequest& request) {
  const auto found = gate.caller_of(request, false);
  if (const auto* const refused = std::get_if<HttpResponse>(&found)) {
    return *refused;
  }
  const Caller& caller = std::get<Caller>(found);
  if (auto refused = refused_right(caller, Right::kRead)) {
    return refused;
  }
  if (!caller.sources.empty()) {
    return error_response(403, "not_allowed", "this key reads rows of its sources alone");
  }
  return std::nullopt;
}

HttpResponse metrics_page_response(std::string page) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = std::move(page)};
}

}  // namespace hapax
