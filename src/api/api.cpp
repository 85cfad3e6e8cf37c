// SPDX-License-Identifier: Apache-2.0
#include "api/api.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "api/cors.hpp"
#include "api/front_page.hpp"
#include "api/route_path.hpp"
#include "api/sdk_settings.hpp"
#include "http/error_response.hpp"
#include "http/query_string.hpp"
#include "http/url_path.hpp"
#include "read/view_json.hpp"
#include "read/view_request.hpp"

namespace hapax {
namespace {

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

/// Who may ask.
enum class Api::Who { kAnybody, kReader, kEventSource };
/// Whether the query string is looked at by who answers; else it has no parameters.
enum class Api::Parameters { kNone, kOwn };

struct Api::Route {
  std::string_view method;  ///< GET is HEAD, too.
  std::string_view path;    ///< As of match_path().
  Who who;
  Parameters parameters;
  void (Api::*answer)(const HttpRequest& request, const Respond& respond);
};

/// What a request leads to.
struct Api::Found {
  const Route* route = nullptr;
  std::string allowed = {};  ///< The methods of the path; empty when there is nothing at it.
};

/// A path that is there by its name hides the patterns that it fits.
Api::Found Api::find(std::string_view method, std::string_view path) {
  // What scrapes /metrics may send any parameters.
  static constexpr std::array<Route, 9> kRoutes{{
      {"GET", "", Who::kAnybody, Parameters::kOwn, &Api::show_front_page},
      {"GET", "/health", Who::kAnybody, Parameters::kOwn, &Api::live},
      {"GET", "/health/live", Who::kAnybody, Parameters::kOwn, &Api::live},
      {"GET", "/health/ready", Who::kAnybody, Parameters::kOwn, &Api::ready},
      {"GET", "/metrics", Who::kReader, Parameters::kOwn, &Api::metrics},
      {"GET", "/api/audit", Who::kReader, Parameters::kNone, &Api::audit},
      {"GET", "/api/views", Who::kReader, Parameters::kNone, &Api::show_views},
      {"GET", "/api/views/events_per_minute", Who::kReader, Parameters::kOwn, &Api::query_view},
      {"GET", "/api/views/events_per_minute/live", Who::kEventSource, Parameters::kOwn,
       &Api::live_view},
  }};
  Found found;
  for (const bool is_pattern : {false, true}) {
    for (const Route& route : kRoutes) {
      if (has_name(route.path) != is_pattern || !match_path(route.path, path)) {
        continue;
      }
      found.allowed.append(found.allowed.empty() ? "" : ", ").append(route.method);
      found.route = route.method == method ? &route : found.route;
    }
    if (!found.allowed.empty()) {
      break;
    }
  }
  return found;
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
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  const Found found = is_settings ? Found{.allowed = "GET"} : find(method, path);
  if (found.allowed.empty()) {
    respond(error_response(
        404, "not_found",
        "there is nothing at " + request.path + "; the routes are listed in docs/http-api.md"));
  } else if (is_settings && method == "GET") {
    respond(sdk_settings(path, request));
  } else if (found.route == nullptr) {
    respond(method_not_allowed(request, found.allowed));
  } else if (auto response = refused(*found.route, request)) {
    respond(std::move(*response));
  } else {
    (this->*found.route->answer)(request, respond);
  }
}

/// Nothing when who asks may, and asks for nothing that is not there.
std::optional<HttpResponse> Api::refused(const Route& route, const HttpRequest& request) const {
  const bool is_for_all = route.who == Who::kAnybody;
  if (!is_for_all && !may_read(settings_.read_keys, request, route.who == Who::kEventSource)) {
    return error_response(
        401, "invalid_read_key",
        "this server asks for a read key; send it as Authorization: Bearer <key>");
  }
  if (route.parameters == Parameters::kNone) {
    if (const auto known = check_parameters(request.query, {}); !known) {
      return error_response(known.error());
    }
  }
  return std::nullopt;
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

void Api::show_front_page(const HttpRequest& request, const Respond& respond) {
  respond(front_page(
      request, {.version = settings_.version, .asks_for_read_key = !settings_.read_keys.empty()}));
}

void Api::show_views(const HttpRequest& /*request*/, const Respond& respond) {
  respond({.body = R"({"views":["events_per_minute"]})"});
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

void Api::audit(const HttpRequest& /*request*/, const Respond& respond) {
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

void Api::metrics(const HttpRequest& /*request*/, const Respond& respond) {
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
void Api::live(const HttpRequest& /*request*/, const Respond& respond) {
  const auto status = parts_.log.status();
  const bool is_over = status.closed && parts_.arrivals.idle();
  respond(is_over ? error_response(503, "not_live",
                                   "the log takes no events until a restart: " + status.reason)
                  : HttpResponse{.body = R"({"status":"live"})"});
}

void Api::ready(const HttpRequest& /*request*/, const Respond& respond) {
  const auto status = parts_.log.status();
  const auto error = parts_.processing_error();
  if (!status.writable) {
    respond(error_response(503, "not_ready", status.reason));
  } else if (!error.empty()) {
    respond(error_response(503, "not_ready", "processing has stopped: " + error));
  } else {
    // A doubted clock takes events and answers.
    respond({.body = parts_.clock_status().is_doubted ? R"({"status":"ready","clock":"doubted"})"
                                                      : R"({"status":"ready"})"});
  }
}

HttpResponse Api::refuse(const HttpRefusal& refusal) {
  auto response = error_response(refusal.status, refusal.code, refusal.message);
  allow_origin(refusal.origin, response);
  return response;
}

}  // namespace hapax
