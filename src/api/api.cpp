#include "api/api.hpp"

#include <utility>

#include "api/error_response.hpp"
#include "api/query_string.hpp"
#include "api/view_json.hpp"
#include "api/view_request.hpp"

namespace hapax {
namespace {

constexpr std::string_view kViewPath = "/api/views/events_per_minute";

/// One slash for several, none at the end.
std::string normal_path(std::string_view path) {
  std::string normal;
  for (const char c : path) {
    if (c != '/' || normal.empty() || normal.back() != '/') {
      normal += c;
    }
  }
  if (normal.size() > 1 && normal.back() == '/') {
    normal.pop_back();
  }
  return normal;
}

/// Ingest answers any origin, with the headers that browser SDKs need to read answers and errors.
void allow_origin(const std::string& origin, HttpResponse& response) {
  if (origin.empty()) {
    return;
  }
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Vary", "Origin");
  response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
  response.headers.emplace_back("Access-Control-Expose-Headers", "Retry-After");
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

HttpResponse method_not_allowed(const HttpRequest& request, const std::string& allowed) {
  auto response =
      error_response(405, "method_not_allowed",
                     request.method + " is not possible on " + request.path + "; use " + allowed);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace

Api::Api(ApiSettings settings, Parts parts)
    : settings_(std::move(settings)),
      parts_(std::move(parts)),
      live_feed_(parts_.views, parts_.clock) {}

void Api::handle(HttpRequest request, Respond respond) {
  if (Collector::serves(request.path)) {
    ingest(std::move(request), std::move(respond));
    return;
  }
  const auto path = normal_path(request.path);
  if (request.method != "GET" && request.method != "HEAD") {
    respond(method_not_allowed(request, "GET"));
    return;
  }
  read(path, request, std::move(respond));
}

void Api::ingest(HttpRequest request, Respond respond) {
  if (request.method == "OPTIONS") {
    respond(preflight(request));
    return;
  }
  if (request.method != "POST") {
    auto response = method_not_allowed(request, "POST");
    allow_origin(request.origin, response);
    respond(std::move(response));
    return;
  }
  IngestRequest ingest{.path = std::move(request.path),
                       .authorization = std::move(request.authorization),
                       .content_encoding = std::move(request.content_encoding),
                       .query_write_key = query_parameter(request.query, "writeKey").value_or(""),
                       .body = std::move(request.body)};
  parts_.collector.ingest(std::move(ingest), [origin = std::move(request.origin),
                                              respond = std::move(respond)](IngestResponse answer) {
    HttpResponse response{.status = answer.status, .body = std::move(answer.body)};
    if (answer.retry_after) {
      response.headers.emplace_back("Retry-After", std::to_string(answer.retry_after->count()));
    }
    allow_origin(origin, response);
    respond(std::move(response));
  });
}

void Api::read(const std::string& path, const HttpRequest& request, Respond respond) {
  if (path == "/health/live" || path == "/health") {
    respond({.body = R"({"status":"live"})"});
  } else if (path == "/health/ready") {
    respond(ready());
  } else if (!may_read(request)) {
    respond(
        error_response(401, "invalid_read_key",
                       "this server asks for a read key; send it as Authorization: Bearer <key>"));
  } else if (path == kViewPath) {
    query_view(request, respond);
  } else if (path == std::string(kViewPath) + "/live") {
    respond(live());
  } else if (path == "/api/views") {
    respond({.body = R"({"views":["events_per_minute"]})"});
  } else if (path == "/api/audit") {
    audit(respond);
  } else if (path == "/metrics") {
    respond({.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = parts_.metrics()});
  } else {
    respond(error_response(
        404, "not_found",
        "there is nothing at " + request.path + "; the routes are listed in docs/http-api.md"));
  }
}

void Api::query_view(const HttpRequest& request, const Respond& respond) {
  auto query = parse_view_request(request.query, as_event_time(parts_.clock.now()));
  if (!query) {
    respond(error_response(query.error()));
    return;
  }
  query->wait_max = settings_.after_wait_max;
  parts_.views.query(std::move(query).value(), [respond](Result<ViewAnswer> answer) {
    respond(answer ? HttpResponse{.body = to_json(*answer)} : error_response(answer.error()));
  });
}

void Api::audit(const Respond& respond) {
  parts_.views.audit([respond](Result<AuditReport> report) {
    respond(report ? HttpResponse{.body = to_json(*report)} : error_response(report.error()));
  });
}

HttpResponse Api::live() {
  return {.content_type = "text/event-stream",
          .body = "retry: 1000\n\n",
          .headers = {{"Cache-Control", "no-store"}},
          .on_stream = [this](std::shared_ptr<HttpStream> stream) {
            live_feed_.add(std::move(stream));
          }};
}

HttpResponse Api::ready() const {
  const auto status = parts_.log.status();
  return status.writable ? HttpResponse{.body = R"({"status":"ready"})"}
                         : error_response(503, "not_ready", status.reason);
}

bool Api::may_read(const HttpRequest& request) const {
  if (settings_.read_keys.empty()) {
    return true;
  }
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view header = request.authorization;
  return header.starts_with(kBearer) && settings_.read_keys.contains(header.substr(kBearer.size()));
}

HttpResponse Api::refuse(int status, const std::string& code, const std::string& message) {
  return error_response(status, code, message);
}

}  // namespace hapax
