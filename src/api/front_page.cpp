// SPDX-License-Identifier: Apache-2.0
#include "api/front_page.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "http/request_url.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

struct Route {
  std::string_view path;
  std::string_view what;
};

constexpr std::array<Route, 13> kRoutes{
    {{"/api/views", "the views"},
     {"/api/views/events_per_minute", "events and distinct users per minute, of the last hour"},
     {"/api/views/events_per_minute/live", "the same as it changes, server-sent events"},
     {"/api/live", "rows of many views as they change, in one answer (POST)"},
     {"/api/events", "single events, the newest first, and what became of each"},
     {"/api/events/live", "single events as they come, server-sent events"},
     {"/api/boards", "boards of the dashboard"},
     {"/api/alerts", "alerts, how they stand, what they may watch"},
     {"/api/audit", "the books: what was received, accepted, counted"},
     {"/api/gaps", "numbered events that never arrived"},
     {"/api/keys", "which keys there are"},
     {"/metrics", "metrics for Prometheus"},
     {"/health/ready", "whether events are taken and counted"}}};

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

struct Commands {
  std::string send;
  std::string read;
};

Commands commands(const HttpRequest& request, const FrontPageFacts& facts) {
  const std::string url = request_url(request);
  const std::string_view key =
      facts.asks_for_read_key ? " -H 'Authorization: Bearer READ_KEY'" : "";
  return {.send = fmt::format("curl {}/v1/track -u WRITE_KEY: "
                              R"(-d '{{"userId":"ada","event":"Clicked"}}')",
                              url),
          .read = fmt::format("curl{} {}/api/views/events_per_minute", key, url)};
}

std::string html(const Commands& commands, const FrontPageFacts& facts) {
  std::string routes;
  for (const auto& [path, what] : kRoutes) {
    routes += fmt::format("<li><a href=\"{0}\"><code>{0}</code></a> {1}\n", path, what);
  }
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Hapax</title>\n"
      "<h1>Hapax</h1>\n<p>Hapax {} runs here. It takes events, counts each of them exactly once, "
      "and shows the counts at once.\n"
      "<h2>Send an event</h2>\n<pre>{}</pre>\n<h2>Read the count</h2>\n<pre>{}</pre>\n"
      "<h2>What there is</h2>\n<ul>\n{}</ul>\n"
      "<p>Everything else is in <code>docs/</code> of the source: the routes in "
      "<code>http-api.md</code>, errors and what to do in <code>errors.md</code>.\n",
      escape_html(facts.version), escape_html(commands.send), escape_html(commands.read), routes);
}

std::string json(const Commands& commands, const FrontPageFacts& facts) {
  Json routes = Json::object();
  for (const auto& [path, what] : kRoutes) {
    routes[std::string(path)] = what;
  }
  const Json page{{"name", "Hapax"},
                  {"version", facts.version},
                  {"send", commands.send},
                  {"read", commands.read},
                  {"routes", routes}};
  return page.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

bool wants_json(const HttpRequest& request) {
  return request.accept.find("application/json") != std::string::npos &&
         request.accept.find("text/html") == std::string::npos;
}

HttpResponse front_page(const HttpRequest& request, const FrontPageFacts& facts) {
  const auto both = commands(request, facts);
  HttpResponse response{.headers = {{"Vary", "Accept"},
                                    {"Cache-Control", "no-cache"},
                                    {"X-Content-Type-Options", "nosniff"},
                                    {"Content-Security-Policy",
                                     "default-src 'none'; base-uri 'none'; form-action "
                                     "'none'; frame-ancestors 'none'"}}};
  if (wants_json(request)) {
    response.body = json(both, facts);
  } else {
    response.content_type = "text/html; charset=utf-8";
    response.body = html(both, facts);
  }
  return response;
}

}  // namespace hapax
