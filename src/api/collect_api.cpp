// SPDX-License-Identifier: Apache-2.0
#include "api/collect_api.hpp"

#include <utility>

#include "api/answer_headers.hpp"
#include "api/cors.hpp"
#include "api/metrics_access.hpp"
#include "api/sdk_settings.hpp"
#include "assets/asset_response.hpp"
#include "http/error_response.hpp"
#include "http/url_path.hpp"

namespace hapax {

CollectApi::CollectApi(CollectApiSettings settings, Parts parts)
    : parts_(std::move(parts)),
      gate_(std::move(settings.gate),
            KeyRing(settings.keys.read, settings.keys.event, settings.keys.admin)),
      ingest_(parts_.ingest) {}

void CollectApi::handle(HttpRequest request, Respond respond) {
  if (auto refused = gate_.refused_at_all(request)) {
    for_origin(request.origin, Readable::kErrors, std::move(respond))(std::move(*refused));
  } else if (request.method == "OPTIONS") {
    respond(preflight(request));
  } else if (Collector::serves(request.path)) {
    ingest_.answer(std::move(request), std::move(respond));
  } else {
    const bool is_settings = is_sdk_settings(normal_path(request.path));
    const auto readable = is_settings ? Readable::kAll : Readable::kErrors;
    for_origin(request.origin, readable, with_answer_headers(std::move(respond)))(answer(request));
  }
}

HttpResponse CollectApi::answer(const HttpRequest& request) const {
  const std::string path = normal_path(request.path);
  const Asset* const sdk = path == "/sdk.js" ? find_asset(parts_.assets, path) : nullptr;
  const bool is_health = path == "/health" || path == "/health/live" || path == "/health/ready";
  const bool is_there = is_health || path == "/metrics" || sdk != nullptr || is_sdk_settings(path);
  if (!is_there) {
    return error_response(404, "not_found",
                          "there is nothing at " + request.path +
                              "; this is a collector, which takes events (docs/cluster.md)");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return method_not_allowed(request, "GET");
  }
  if (path == "/metrics") {
    auto refused = refused_figures(gate_, request);
    return refused ? std::move(*refused) : metrics_page_response(parts_.metrics());
  }
  if (path == "/health/ready") {
    return ready();
  }
  if (is_health) {
    return {.body = R"({"status":"live"})"};
  }
  return sdk != nullptr ? asset_response(request, *sdk) : sdk_settings(path, request);
}

HttpResponse CollectApi::ready() const {
  const LogStatus status = parts_.log.status();
  return status.writable ? HttpResponse{.body = R"({"status":"ready"})"}
                         : error_response(503, "not_ready", status.reason);
}

HttpResponse CollectApi::refuse(const HttpRefusal& refusal) {
  auto response = error_response(refusal.status, refusal.code, refusal.message);
  allow_origin(refusal.origin, response);
  return response;
}

}  // namespace hapax
