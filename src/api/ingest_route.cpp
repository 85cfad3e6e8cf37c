// SPDX-License-Identifier: Apache-2.0
#include "api/ingest_route.hpp"

#include <utility>

#include "api/cors.hpp"
#include "http/error_response.hpp"
#include "http/query_string.hpp"

namespace hapax {

HttpResponse method_not_allowed(const HttpRequest& request, const std::string& allowed) {
  auto response =
      error_response(405, "method_not_allowed",
                     request.method + " is not possible on " + request.path + "; use " + allowed);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

void IngestRoute::answer(HttpRequest request, HttpHandler::Respond respond) const {
  respond = for_origin(request.origin, Readable::kAll, std::move(respond));
  if (request.method != "POST") {
    respond(method_not_allowed(request, "POST"));
    return;
  }
  IngestRequest ingest{
      .path = std::move(request.path),
      .authorization = std::move(request.authorization),
      .header_write_key = std::move(request.write_key),
      .content_encoding = std::move(request.content_encoding),
      .query_write_key = query_parameter_any_case(request.query, "writeKey").value_or(""),
      .is_retry = request.is_retry,
      .body = std::move(request.body)};
  auto answer_with = [respond = std::move(respond), &clock = parts_.clock,
                      &seconds = parts_.ack_seconds,
                      start = parts_.clock.monotonic()](IngestResponse answer) {
    if (answer.status == 200) {
      seconds.observe(clock.monotonic() - start);
    }
    HttpResponse response{.status = answer.status, .body = std::move(answer.body)};
    if (answer.retry_after) {
      response.headers.emplace_back("Retry-After", std::to_string(answer.retry_after->count()));
    }
    respond(std::move(response));
  };
  parts_.collector.ingest(std::move(ingest), std::move(answer_with));
}

}  // namespace hapax
