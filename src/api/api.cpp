// SPDX-License-Identifier: Apache-2.0
#include "api/api.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "api/answer_headers.hpp"
#include "api/cors.hpp"
#include "api/front_page.hpp"
#include "api/render.hpp"
#include "api/route_path.hpp"
#include "api/sdk_settings.hpp"
#include "api/source_scope.hpp"
#include "assets/asset_response.hpp"
#include "http/error_response.hpp"
#include "http/query_string.hpp"
#include "http/url_path.hpp"
#include "read/audit_json.hpp"
#include "read/read_errors.hpp"
#include "read/row_json.hpp"
#include "read/row_request.hpp"

namespace hapax {
namespace {

HttpResponse takes_no_events(const HttpRequest& request) {
  return error_response(404, "not_found",
                        "there is nothing at " + request.path +
                            ": this server answers queries; send events to one that collects them "
                            "(hapax collect)");
}

HttpResponse no_raw_events() {
  return error_response(
      404, "not_found",
      "raw events of a cluster cannot be read yet; they are in its topic of events");
}

std::optional<HttpResponse> refused_parameters(std::string_view query) {
  const auto known = check_parameters(query, {});
  return known ? std::nullopt : std::optional(error_response(known.error()));
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
  constexpr std::size_t kBytesPerView = 2048;
  constexpr std::size_t kBytesOfTheRest = 16U << 10U;
  return kBytesOfTheRest +
         (report ? report->sources.size() * kBytesPerSource + report->views.size() * kBytesPerView
                 : 0);
}

}  // namespace

Api::Api(ApiSettings settings, Parts parts)
    : settings_(std::move(settings)),
      parts_(std::move(parts)),
      gate_(settings_.gate,
            KeyRing(settings_.keys.read, settings_.keys.event, settings_.keys.admin), parts_.admin),
      sessions_({.admin = parts_.admin, .gate = gate_, .clock = parts_.clock}, settings_.version),
      answers_(settings_.answer_bytes_limit),
      views_({.catalog = parts_.catalog,
              .keeper = parts_.keeper,
              .source = parts_.source,
              .served = parts_.served,
              .store = parts_.rows,
              .renderer = renderer_,
              .answers = answers_,
              .rows = [this](const auto& request, const auto& scope, const auto& view,
                             const auto& respond) { rows(request, scope, view, respond); },
              .live = [this](const auto& request, const auto& scope, const auto& view,
                             const auto& respond) { live_.open(request, view, scope, respond); }}),
      boards_({.boards = parts_.boards, .renderer = renderer_, .answers = answers_}),
      alerts_({.alerts = parts_.alerts,
               .check = parts_.check_alert,
               .renderer = renderer_,
               .answers = answers_}),
      gaps_({.source = parts_.gaps, .renderer = renderer_, .answers = answers_}),
      live_feed_(settings_.live, parts_.moments, parts_.clock, parts_.random),
      live_(live_feed_, views_) {
  if (parts_.collector != nullptr) {
    ingest_.emplace(IngestRoute::Parts{.collector = *parts_.collector,
                                       .clock = parts_.clock,
                                       .ack_seconds = parts_.measured.ack_seconds});
  }
  if (parts_.raw_events) {
    events_.emplace(settings_.events, EventRoutes::Parts{.log = *parts_.raw_events,
                                                         .clock = parts_.clock,
                                                         .answers = answers_,
                                                         .seed = parts_.random.next()});
  }
}

void Api::stop() {
  sessions_.stop();
  views_.stop();
  boards_.stop();
  alerts_.stop();
  renderer_.stop();
  live_feed_.stop();
  if (events_) {
    events_->stop();
  }
}

ApiStats Api::stats() const {
  return {.live_streams = live_feed_.stream_count(),
          .events = events_ ? events_->stats() : EventFeedStats(),
          .answer_bytes = answers_.bytes(),
          .answers_refused = answers_.refused(),
          .sessions = sessions_.stats()};
}

/// Who may ask.
enum class Api::Who {
  kAnybody,
  kReader,     ///< Of everything.
  kRowReader,  ///< Or of rows and accounts of some sources; so is the next.
  kEventSource,
  kEventReader,  ///< Of single events, and of devices, which are people.
  kAdmin,
};
/// Whether the query string is looked at by who answers; else it has no parameters.
enum class Api::Parameters { kNone, kOwn };

/// A request, and what its path names, if anything.
struct Api::Call {
  const HttpRequest& request;
  const Caller& caller;
  const Respond& respond;
  std::string name;
};

struct Api::Route {
  std::string_view method;  ///< GET is HEAD, too.
  std::string_view path;    ///< As of match_path().
  Who who;
  Parameters parameters;
  void (Api::*answer)(const Call& call);
};

/// What a request leads to.
struct Api::Found {
  const Route* route = nullptr;
  std::string name = {};     ///< That its path has.
  std::string allowed = {};  ///< The methods of the path; empty when there is nothing at it.
};

Api::Found Api::find(std::string_view method, std::string_view path) {
  // What scrapes /metrics may send any parameters.
  static constexpr auto kRoutes = std::to_array<Route>({
      {"GET", "", Who::kAnybody, Parameters::kOwn, &Api::show_front_page},
      {"GET", "/assets/{name}", Who::kAnybody, Parameters::kOwn, &Api::show_asset},
      {"GET", "/sdk.js", Who::kAnybody, Parameters::kOwn, &Api::show_asset},
      {"GET", "/health", Who::kAnybody, Parameters::kOwn, &Api::live},
      {"GET", "/health/live", Who::kAnybody, Parameters::kOwn, &Api::live},
      {"GET", "/health/ready", Who::kAnybody, Parameters::kOwn, &Api::ready},
      {"GET", "/metrics", Who::kReader, Parameters::kOwn, &Api::metrics},
      {"GET", "/api/audit", Who::kReader, Parameters::kNone, &Api::audit},
      {"GET", "/api/gaps", Who::kRowReader, Parameters::kOwn, &Api::read_gaps},
      {"GET", "/api/gaps/devices", Who::kEventReader, Parameters::kOwn, &Api::list_gap_devices},
      {"GET", "/api/views", Who::kReader, Parameters::kNone, &Api::list_views},
      {"POST", "/api/views", Who::kAdmin, Parameters::kOwn, &Api::add_view},
      {"GET", "/api/views/{name}", Who::kRowReader, Parameters::kOwn, &Api::read_view},
      {"PUT", "/api/views/{name}", Who::kAdmin, Parameters::kOwn, &Api::change_view},
      {"DELETE", "/api/views/{name}", Who::kAdmin, Parameters::kNone, &Api::drop_view},
      {"POST", "/api/views/{name}/rebuild", Who::kAdmin, Parameters::kOwn, &Api::rebuild_view},
      {"GET", "/api/views/{name}/explain", Who::kReader, Parameters::kNone, &Api::explain_view},
      {"GET", "/api/views/{name}/accounts", Who::kRowReader, Parameters::kOwn, &Api::read_accounts},
      {"GET", "/api/views/{name}/live", Who::kEventSource, Parameters::kOwn, &Api::follow_view},
      {"POST", "/api/live", Who::kRowReader, Parameters::kNone, &Api::follow_views},
      {"GET", "/api/events", Who::kEventReader, Parameters::kOwn, &Api::search_events},
      {"GET", "/api/events/live", Who::kEventReader, Parameters::kOwn, &Api::follow_events},
      {"GET", "/api/session", Who::kAnybody, Parameters::kNone, &Api::show_session},
      {"POST", "/api/session", Who::kAnybody, Parameters::kNone, &Api::sign_in},
      {"DELETE", "/api/session", Who::kAnybody, Parameters::kNone, &Api::sign_out},
      {"POST", "/api/setup", Who::kAnybody, Parameters::kNone, &Api::set_up},
      {"GET", "/api/keys", Who::kAdmin, Parameters::kNone, &Api::show_keys},
      {"GET", "/api/boards", Who::kReader, Parameters::kNone, &Api::list_boards},
      {"GET", "/api/boards/{name}", Who::kReader, Parameters::kNone, &Api::read_board},
      {"PUT", "/api/boards/{name}", Who::kAdmin, Parameters::kNone, &Api::put_board},
      {"DELETE", "/api/boards/{name}", Who::kAdmin, Parameters::kNone, &Api::drop_board},
      {"GET", "/api/alerts", Who::kReader, Parameters::kNone, &Api::list_alerts},
      {"GET", "/api/alerts/{name}", Who::kReader, Parameters::kNone, &Api::read_alert},
      {"PUT", "/api/alerts/{name}", Who::kAdmin, Parameters::kNone, &Api::put_alert},
      {"DELETE", "/api/alerts/{name}", Who::kAdmin, Parameters::kNone, &Api::drop_alert},
      {"POST", "/api/alerts/{name}/test", Who::kAdmin, Parameters::kNone, &Api::test_alert},
  });
  Found found;
  for (const Route& route : kRoutes) {
    if (const auto name = match_path(route.path, path)) {
      found.name = *name;
      found.allowed.append(found.allowed.empty() ? "" : ", ").append(route.method);
      found.route = route.method == method ? &route : found.route;
    }
  }
  return found;
}

void Api::handle(HttpRequest request, Respond respond) {
  if (auto refused = gate_.refused_at_all(request)) {
    for_origin(request.origin, Readable::kErrors, std::move(respond))(std::move(*refused));
  } else if (request.method == "OPTIONS") {
    respond(preflight(request));
  } else if (Collector::serves(request.path)) {
    if (ingest_) {
      ingest_->answer(std::move(request), std::move(respond));
    } else {
      const auto answer = takes_no_events(request);
      for_origin(request.origin, Readable::kAll, std::move(respond))(answer);
    }
  } else {
    read(request, std::move(respond));
  }
}

/// Pages of any origin see what an SDK asks for, and why a request is refused; what somebody who is
/// let in gets, errors too, is for pages of ours.
void Api::read(const HttpRequest& request, Respond respond) {
  const auto path = normal_path(request.path);
  const bool is_settings = is_sdk_settings(path) && parts_.collector != nullptr;
  const auto readable = is_settings ? Readable::kAll : Readable::kErrors;
  respond = with_answer_headers(std::move(respond));
  const auto refuse = for_origin(request.origin, readable, respond);
  const std::string_view asked = request.method;
  const std::string_view method = asked == "HEAD" ? "GET" : asked;
  const Found found = is_settings ? Found{.allowed = "GET"} : find(method, path);
  if (found.allowed.empty()) {
    refuse(error_response(
        404, "not_found",
        "there is nothing at " + request.path + "; the routes are listed in docs/http-api.md"));
  } else if (is_settings && method == "GET") {
    refuse(sdk_settings(path, request));
  } else if (found.route == nullptr) {
    refuse(method_not_allowed(request, found.allowed));
  } else {
    auto let = let_in(*found.route, request);
    if (auto* const refused = std::get_if<HttpResponse>(&let)) {
      refuse(std::move(*refused));
    } else {
      (this->*found.route->answer)({request, std::get<Caller>(let), respond, found.name});
    }
  }
}

Right Api::right_of(Who who) {
  switch (who) {
    case Who::kAdmin:
      return Right::kAdmin;
    case Who::kEventReader:
      return Right::kEvents;
    case Who::kAnybody:
    case Who::kReader:
    case Who::kRowReader:
    case Who::kEventSource:
      break;
  }
  return Right::kRead;
}

/// Who asks, if it may, and asks for nothing that is not there; else what to answer.
std::variant<Caller, HttpResponse> Api::let_in(const Route& route,
                                               const HttpRequest& request) const {
  std::variant<Caller, HttpResponse> found;
  if (route.who != Who::kAnybody) {
    found = gate_.caller_of(request, route.who == Who::kEventSource);
    if (std::holds_alternative<HttpResponse>(found)) {
      return found;
    }
    const Caller& caller = std::get<Caller>(found);
    if (auto refused = refused_right(caller, right_of(route.who))) {
      return std::move(*refused);
    }
    const bool is_of_all = route.who != Who::kRowReader && route.who != Who::kEventSource;
    if (is_of_all && !caller.sources.empty()) {
      return refused_path(caller.sources, request.path);
    }
  }
  if (route.parameters == Parameters::kNone) {
    if (auto refused = refused_parameters(request.query)) {
      return std::move(*refused);
    }
  }
  return found;
}

void Api::show_front_page(const Call& call) {
  const Asset* const dashboard = find_asset(parts_.assets, "/");
  if (dashboard != nullptr && !wants_json(call.request)) {
    call.respond(asset_response(call.request, *dashboard));
    return;
  }
  call.respond(front_page(
      call.request, {.version = settings_.version, .asks_for_read_key = !settings_.gate.is_dev}));
}

void Api::show_asset(const Call& call) {
  const Asset* const asset = find_asset(parts_.assets, normal_path(call.request.path));
  call.respond(asset != nullptr ? asset_response(call.request, *asset)
                                : error_response(404, "not_found",
                                                 "this build has nothing at " + call.request.path +
                                                     "; after an update load the page again"));
}

/// Not live is what a restart helps against; before it, every request gets its answer.
void Api::live(const Call& call) {
  const std::string why = parts_.not_live();
  call.respond(why.empty() ? HttpResponse{.body = R"({"status":"live"})"}
                           : error_response(503, "not_live", why));
}

void Api::ready(const Call& call) {
  const std::string why = parts_.not_ready();
  if (!why.empty()) {
    call.respond(error_response(503, "not_ready", why));
  } else {
    // A doubted clock takes events and answers.
    call.respond({.body = parts_.clock_status().is_doubted
                              ? R"({"status":"ready","clock":"doubted"})"
                              : R"({"status":"ready"})"});
  }
}

void Api::rows(const HttpRequest& request, const ReadScope& scope,
               const std::shared_ptr<const ServedView>& view, const Respond& respond) {
  if (auto response = refused_view(scope, *view)) {
    respond(std::move(*response));
    return;
  }
  auto query = parse_row_request(with_source_of(scope, request.query), view,
                                 as_event_time(parts_.clock.now()));
  if (!query) {
    respond(error_response(query.error()));
    return;
  }
  if (auto response = refused_rows(scope, *view, query->where)) {
    respond(std::move(*response));
    return;
  }
  query->wait_max = settings_.after_wait_max;
  const auto start = parts_.clock.monotonic();
  const auto asked = std::make_shared<const RowQuery>(*query);
  parts_.rows.rows(std::move(*query), [this, respond, start, asked](const Result<RowAnswer>& rows) {
    if (!rows) {
      respond(view_error(rows.error()));
      return;
    }
    respond(render(answers_, row_bytes(*rows), [&] {
      HttpResponse response;
      if (asked->format == RowFormat::kCsv) {
        response.content_type = "text/csv; charset=utf-8; header=present";
        response.headers = csv_headers(*rows, *asked);
        response.body = to_csv(*rows, *asked);
      } else {
        response.body = to_json(*rows, *asked);
      }
      parts_.measured.query_seconds.observe(parts_.clock.monotonic() - start);
      return response;
    }));
  });
}

void Api::audit(const Call& call) {
  parts_.source.audit([this, respond = call.respond](Result<AuditReport> report) {
    renderer_.post([this, respond, report = std::move(report)] {
      const auto refused = parts_.collector != nullptr ? refused_by_code(parts_.collector->stats())
                                                       : std::vector<RefusedByCode>();
      respond(render(answers_, report_bytes(report) + refused.size() * kBytesPerRefusal, [&] {
        return report ? HttpResponse{.body = to_json(*report, refused, parts_.clock_status())}
                      : error_response(report.error());
      }));
    });
  });
}

void Api::metrics(const Call& call) {
  parts_.source.audit([this, respond = call.respond](Result<AuditReport> books) {
    renderer_.post([this, respond, books = std::move(books)] {
      respond(render(answers_, report_bytes(books), [&] {
        return HttpResponse{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                            .body = parts_.metrics(books)};
      }));
    });
  });
}

void Api::list_views(const Call& call) {
  views_.list(call.respond);
}
void Api::read_view(const Call& call) {
  views_.read(call.name, call.request, call.caller.sources, call.respond);
}
void Api::follow_view(const Call& call) {
  views_.follow(call.name, call.request, call.caller.sources, call.respond);
}
void Api::follow_views(const Call& call) {
  live_.open_all(call.request, call.caller.sources, call.respond);
}
void Api::search_events(const Call& call) {
  events_ ? events_->search(call.request, call.respond) : call.respond(no_raw_events());
}
void Api::follow_events(const Call& call) {
  events_ ? events_->follow(call.request, call.respond) : call.respond(no_raw_events());
}
void Api::explain_view(const Call& call) {
  views_.explain(call.name, call.respond);
}
void Api::read_accounts(const Call& call) {
  views_.accounts(call.name, call.request, call.caller.sources, call.respond);
}
void Api::read_gaps(const Call& call) {
  gaps_.gaps(call.request, call.caller.sources, call.respond);
}
void Api::list_gap_devices(const Call& call) {
  gaps_.devices(call.request, call.respond);
}
void Api::add_view(const Call& call) {
  views_.add(call.request, call.respond);
}
void Api::change_view(const Call& call) {
  views_.change(call.name, call.request, call.respond);
}
void Api::rebuild_view(const Call& call) {
  views_.rebuild(call.name, call.request, call.respond);
}
void Api::drop_view(const Call& call) {
  views_.drop(call.name, call.respond);
}

void Api::show_session(const Call& call) {
  sessions_.show(call.request, call.respond);
}
void Api::sign_in(const Call& call) {
  sessions_.sign_in(call.request, call.respond);
}
void Api::sign_out(const Call& call) {
  sessions_.sign_out(call.request, call.respond);
}
void Api::set_up(const Call& call) {
  sessions_.set_up(call.request, call.respond);
}
void Api::show_keys(const Call& call) {
  call.respond({.body = keys_json(settings_.keys)});
}

void Api::list_boards(const Call& call) {
  boards_.list(call.respond);
}
void Api::read_board(const Call& call) {
  boards_.read(call.name, call.respond);
}
void Api::put_board(const Call& call) {
  boards_.put(call.name, call.request, call.respond);
}
void Api::drop_board(const Call& call) {
  boards_.drop(call.name, call.request, call.respond);
}

void Api::list_alerts(const Call& call) {
  alerts_.list(call.respond);
}
void Api::read_alert(const Call& call) {
  alerts_.read(call.name, call.respond);
}
void Api::put_alert(const Call& call) {
  alerts_.put(call.name, call.request, call.respond);
}
void Api::drop_alert(const Call& call) {
  alerts_.drop(call.name, call.request, call.respond);
}
void Api::test_alert(const Call& call) {
  alerts_.test(call.name, call.respond);
}

HttpResponse Api::refuse(const HttpRefusal& refusal) {
  auto response = error_response(refusal.status, refusal.code, refusal.message);
  allow_origin(refusal.origin, response);
  return response;
}

}  // namespace hapax
