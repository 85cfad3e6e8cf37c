// SPDX-License-Identifier: Apache-2.0
#include "api/process_api.hpp"

#include <optional>

#include "api/answer_headers.hpp"
#include "api/ingest_route.hpp"
#include "api/metrics_access.hpp"
#include "http/error_response.hpp"
#include "http/query_string.hpp"
#include "http/url_path.hpp"

namespace hapax {

void ProcessApi::handle(HttpRequest request, Respond respond) {
  if (auto refused = gate_.refused_at_all(request)) {
    respond(std::move(*refused));
    return;
  }
  respond = with_answer_headers(std::move(respond));
  if (normal_path(request.path) == "/hot" && request.method == "GET") {
    answer_hot(request, respond);
  } else {
    respond(answer(request));
  }
}

/// Once there is anything.
void ProcessApi::answer_hot(const HttpRequest& request, const Respond& respond) const {
  if (auto refused = refused_figures(gate_, request)) {
    respond(std::move(*refused));
    return;
  }
  parts_.hot(query_parameter(request.query, "after").value_or(""),
             [respond](Result<std::string> said) {
               respond(said ? HttpResponse{.content_type = "application/octet-stream",
                                           .body = std::move(*said)}
                            : error_response(said.error()));
             });
}

HttpResponse ProcessApi::answer(const HttpRequest& request) const {
  const std::string path = normal_path(request.path);
  const bool is_health = path == "/health" || path == "/health/live" || path == "/health/ready";
  const bool is_told = path == "/metrics" || path == "/topology" || path == "/hot";
  if (!is_health && !is_told) {
    return error_response(404, "not_found",
                          "there is nothing at " + request.path +
                              "; this process counts what collectors take (docs/cluster.md)");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return method_not_allowed(request, "GET");
  }
  if (path == "/health/ready") {
    const std::string why = parts_.why_not_ready();
    return why.empty() ? HttpResponse{.body = R"({"status":"ready"})"}
                       : error_response(503, "not_ready", why);
  }
  if (is_health) {
    return {.body = R"({"status":"live"})"};
  }
  if (auto refused = refused_figures(gate_, request)) {
    return std::move(*refused);
  }
  return path == "/topology" ? HttpResponse{.body = parts_.topology()}
                             : metrics_page_response(parts_.metrics());
}

HttpResponse ProcessApi::refuse(const HttpRefusal& refusal) {
  return error_response(refusal.status, refusal.code, refusal.message);
}

}  // namespace hapax
