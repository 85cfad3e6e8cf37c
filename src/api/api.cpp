// SPDX-License-Identifier: Apache-2.0
#include "api/api.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "api/cors.hpp"
#include "api/front_page.hpp"
#include "api/sdk_settings.hpp"
#include "http/error_response.hpp"
#include "http/query_string.hpp"
#include "http/url_path.hpp"
#include "read/view_json.hpp"
#include "read/view_request.hpp"

namespace hapax {
namespace {

constexpr std::string_view kViewPath = "/api/views/events_per_minute";
constexpr std::string_view kLivePath = "/api/views/events_per_minute/live";
/// What read() answers.
constexpr std::array<std::string_view, 9> kReadPaths{
    "",           "/health",    "/health/live", "/health/ready", "/metrics",
    "/api/audit", "/api/views", kViewPath,      kLivePath};

/// Of the paths whose parameters nobody reads. What scrapes /metrics may send any.
Result<void> check_other_parameters(std::string_view path, std::string_view query) {
  if (path == kViewPath || path == kLivePath || path == "/metrics") {
    return {};
  }
  return check_parameters(query, {});
}

HttpResponse method_not_allowed(const HttpRequest& request, const std::string& allowed) {
  auto response =
      error_response(405, "method_not_allowed",
                     request.method + " is not possible on " + request.path + "; use " + allowed);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

std::vector<RefusedByCode> refused_by_code(const CollectorStats& stats) {
  std::vector<RefusedByCode> all;
  all.reserve(stats.refused.size());
  for (const auto& [key, refused] : stats.refused) {
    all.push_back({key.first, key.second, refused.requests, refused.bytes});
  }
  return all;
}

/// About what one of them occupies in an answer, and rendered.
constexpr std::size_t kBytesPerRefusal = 1024;

/// About what an audit occupies until it is sent, as a report and rendered.
std::size_t report_bytes(const Result<AuditReport>& report) {
  constexpr std::size_t kBytesPerSource = 2048;
  constexpr std::size_t kBytesOfTheRest = 16U << 10U;
  return kBytesOfTheRest + (report ? report->sources.size() * kBytesPerSource : 0);
}

}  // namespace

Api::Api(ApiSettings settings, Parts parts)
    : settings_(std::move(settings)),
      parts_(std::move(parts)),
      answers_(settings_.answer_bytes_limit),
      live_feed_(settings_.live, parts_.moments, parts_.clock) {}

void Api::stop() {
  renderer_.stop();
  live_feed_.stop();
}

ApiStats Api::stats() const {
  return {.live_streams = live_feed_.stream_count(),
          .answer_bytes = answers_.bytes(),
          .answers_refused = answers_.refused()};
}

void Api::handle(HttpRequest request, Respond respond) {
  if (request.method == "OPTIONS") {
    respond(preflight(request));
    return;
  }
  if (Collector::serves(request.path)) {
    auto to_page = for_origin(request.origin, Readable::kAll, std::move(respond));
    ingest(std::move(request), std::move(to_page));
    return;
  }
  const auto path = normal_path(request.path);
  const bool is_settings = is_sdk_settings(path);
  const auto readable = is_settings ? Readable::kAll : Readable::kErrors;
  respond = for_origin(request.origin, readable, std::move(respond));
  if (!is_settings && std::ranges::find(kReadPaths, path) == kReadPaths.end()) {
    respond(error_response(
        404, "not_found",
        "there is nothing at " + request.path + "; the routes are listed in docs/http-api.md"));
  } else if (request.method != "GET" && request.method != "HEAD") {
    respond(method_not_allowed(request, "GET"));
  } else if (is_settings) {
    respond(sdk_settings(path, request));
  } else {
    read(path, request, respond);
  }
}

void Api::ingest(HttpRequest request, Respond respond) {
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
                      &seconds = parts_.measured.ack_seconds,
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

void Api::read(const std::string& path, const HttpRequest& request, const Respond& respond) {
  if (path == "/health/live" || path == "/health") {
    respond(live());
  } else if (path == "/health/ready") {
    respond(ready());
  } else if (path.empty()) {
    respond(front_page(request, {.version = settings_.version,
                                 .asks_for_read_key = !settings_.read_keys.empty()}));
  } else if (!may_read(settings_.read_keys, request, path == kLivePath)) {
    respond(
        error_response(401, "invalid_read_key",
                       "this server asks for a read key; send it as Authorization: Bearer <key>"));
  } else if (const auto known = check_other_parameters(path, request.query); !known) {
    respond(error_response(known.error()));
  } else if (path == kViewPath) {
    query_view(request, respond);
  } else if (path == kLivePath) {
    live_view(request, respond);
  } else if (path == "/api/views") {
    respond({.body = R"({"views":["events_per_minute"]})"});
  } else if (path == "/api/audit") {
    audit(respond);
  } else if (path == "/metrics") {
    metrics(respond);
  }
}

void Api::query_view(const HttpRequest& request, const Respond& respond) {
  auto query = parse_view_request(request.query, as_event_time(parts_.clock.now()));
  if (!query) {
    respond(error_response(query.error()));
    return;
  }
  query->wait_max = settings_.after_wait_max;
  const auto start = parts_.clock.monotonic();
  const auto asked = *query;
  parts_.views.query(std::move(*query),
                     [this, respond, start, asked](const Result<ViewAnswer>& answer) {
                       if (!answer) {
                         respond(error_response(answer.error()));
                         return;
                       }
                       respond(render(json_bytes(*answer), [&] {
                         HttpResponse response{.body = to_json(*answer, asked)};
                         parts_.measured.query_seconds.observe(parts_.clock.monotonic() - start);
                         return response;
                       }));
                     });
}

void Api::live_view(const HttpRequest& request, const Respond& respond) {
  if (const auto query = parse_live_request(request.query)) {
    live_feed_.open(*query, respond);
  } else {
    respond(error_response(query.error()));
  }
}

void Api::audit(const Respond& respond) {
  parts_.views.audit([this, respond](Result<AuditReport> report) {
    renderer_.post([this, respond, report = std::move(report)] {
      const auto refused = refused_by_code(parts_.collector.stats());
      respond(render(report_bytes(report) + refused.size() * kBytesPerRefusal, [&] {
        return report ? HttpResponse{.body = to_json(*report, refused, parts_.clock_status())}
                      : error_response(report.error());
      }));
    });
  });
}

void Api::metrics(const Respond& respond) {
  parts_.views.audit([this, respond](Result<AuditReport> books) {
    renderer_.post([this, respond, books = std::move(books)] {
      respond(render(report_bytes(books), [&] {
        return HttpResponse{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                            .body = parts_.metrics(books)};
      }));
    });
  });
}

/// What `make` returns, when there is room for `bytes` more until it is sent.
HttpResponse Api::render(std::size_t bytes, const std::function<HttpResponse()>& make) {
  auto held = answers_.take(bytes);
  if (!held) {
    return answers_overloaded();
  }
  HttpResponse response;
  try {
    response = make();
  } catch (const std::exception& exception) {
    response = error_response(503, "out_of_memory", exception.what());
  }
  response.held = std::move(held);  // The only one: it goes when the answer is sent.
  return response;
}

/// Not live is what a restart helps against; before it, every request gets its answer.
HttpResponse Api::live() const {
  const auto status = parts_.log.status();
  if (status.closed && parts_.arrivals.idle()) {
    return error_response(503, "not_live",
                          "the log takes no events until a restart: " + status.reason);
  }
  return {.body = R"({"status":"live"})"};
}

HttpResponse Api::ready() const {
  if (const auto status = parts_.log.status(); !status.writable) {
    return error_response(503, "not_ready", status.reason);
  }
  if (const auto error = parts_.processing_error(); !error.empty()) {
    return error_response(503, "not_ready", "processing has stopped: " + error);
  }
  // A doubted clock takes events and answers.
  return {.body = parts_.clock_status().is_doubted ? R"({"status":"ready","clock":"doubted"})"
                                                   : R"({"status":"ready"})"};
}

HttpResponse Api::refuse(const HttpRefusal& refusal) {
  auto response = error_response(refusal.status, refusal.code, refusal.message);
  allow_origin(refusal.origin, response);
  return response;
}

}  // namespace hapax
