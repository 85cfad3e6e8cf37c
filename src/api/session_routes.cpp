// SPDX-License-Identifier: Apache-2.0
#include "api/session_routes.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "access/password.hpp"
#include "access/session_cookie.hpp"
#include "http/error_response.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBodyBytesMax = 4096;

std::string_view name_of(Known known) {
  switch (known) {
    case Known::kNot:
      return "";
    case Known::kByPassword:
      return "password";
    case Known::kByToken:
      return "token";
    case Known::kByKey:
      return "key";
    case Known::kByBeingHere:
      return "dev";
  }
  return "";
}

std::string_view name_of(Right right) {
  switch (right) {
    case Right::kRead:
      return "read";
    case Right::kEvents:
      return "events";
    case Right::kAdmin:
      return "admin";
  }
  return "";
}

/// The text members of a body that is a small JSON object and has all of them.
std::optional<std::map<std::string, std::string>> read_texts(
    const HttpRequest& request, const std::vector<std::string>& names) {
  if (request.body.size() > kBodyBytesMax) {
    return std::nullopt;
  }
  const Json json = Json::parse(request.body, nullptr, false);
  std::map<std::string, std::string> texts;
  for (const std::string& name : names) {
    if (!json.is_object() || !json.contains(name) || !json.at(name).is_string()) {
      return std::nullopt;
    }
    texts[name] = json.at(name).get<std::string>();
  }
  return texts;
}

HttpResponse refused_body(std::string_view form) {
  return error_response(
      400, "invalid_request",
      fmt::format("the body is not {}, as plain JSON of at most {} bytes", form, kBodyBytesMax));
}

HttpResponse with_setup(HttpResponse response, bool is_needed) {
  response.body.insert(response.body.rfind('}'), fmt::format(R"(,"setup_needed":{})", is_needed));
  return response;
}

}  // namespace

HttpResponse SessionRoutes::session_json(const Caller& caller) const {
  Json rights = Json::array();
  for (const Right right : caller.rights) {
    rights.push_back(name_of(right));
  }
  Json json{{"signed_in", true}, {"rights", rights}, {"how", name_of(caller.known)}};
  if (!caller.sources.empty()) {
    json["sources"] = caller.sources;
  }
  json["version"] = version_;
  return {.body = json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

void SessionRoutes::show(const HttpRequest& request, const Respond& respond) const {
  const bool is_needed = !parts_.admin.has_password();
  auto found = parts_.gate.caller_of(request, false);
  if (auto* const refused = std::get_if<HttpResponse>(&found)) {
    respond(with_setup(std::move(*refused), is_needed));
    return;
  }
  const Caller& caller = std::get<Caller>(found);
  auto refused = refused_right(caller, Right::kRead);
  respond(refused ? with_setup(std::move(*refused), is_needed) : session_json(caller));
}

void SessionRoutes::give_back(const HttpRequest& request) {
  const MutexLock lock(mutex_);
  throttle_.give_back(request.peer);
}

bool SessionRoutes::is_let_through(const HttpRequest& request, const Respond& respond) {
  if (auto refused = parts_.gate.refused_to_sign_in(request)) {
    count("refused");
    respond(std::move(*refused));
    return false;
  }
  std::optional<std::chrono::seconds> wait;
  {
    const MutexLock lock(mutex_);
    wait = throttle_.take(request.peer, parts_.clock.monotonic());
  }
  if (wait) {
    count("throttled");
    auto response =
        error_response(429, "too_many_tries",
                       fmt::format("there were too many wrong passwords from {}; try again in {} s",
                                   request.peer, wait->count()));
    response.headers.emplace_back("Retry-After", std::to_string(wait->count()));
    respond(std::move(response));
  }
  return !wait;
}

void SessionRoutes::sign_in(const HttpRequest& request, const Respond& respond) {
  auto texts = read_texts(request, {"password"});
  if (!texts) {
    respond(refused_body(R"({"password":"..."})"));
  } else if (is_let_through(request, respond)) {
    passwords_.post([this, request, respond, password = std::move(texts->at("password"))] {
      respond(try_password(request, password));
    });
  }
}

HttpResponse SessionRoutes::try_password(const HttpRequest& request, const std::string& password) {
  const bool is_set = parts_.admin.has_password();
  if (parts_.admin.is_password(password)) {
    return signed_in(request, "signed_in");
  }
  count("wrong_password");
  return with_setup(
      error_response(401, "wrong_password",
                     is_set ? "the password is wrong; who forgot it runs hapax access reset on the "
                              "server's machine"
                            : "no password was set yet: open the link that the start of the server "
                              "printed, or that hapax access reset prints"),
      !is_set);
}

void SessionRoutes::set_up(const HttpRequest& request, const Respond& respond) {
  auto texts = read_texts(request, {"token", "password"});
  if (!texts) {
    respond(refused_body(R"({"token":"...","password":"..."})"));
  } else if (is_let_through(request, respond)) {
    passwords_.post([this, request, respond, texts = std::move(*texts)] {
      respond(try_link(request, texts.at("token"), texts.at("password")));
    });
  }
}

HttpResponse SessionRoutes::try_link(const HttpRequest& request, const std::string& token,
                                     const std::string& password) {
  const auto done = parts_.admin.set_up(token, password);
  if (!done && done.error().kind == ErrorKind::kInvalid) {
    count("weak_password");
    give_back(request);  // The link was right.
    return error_response(400, "weak_password", done.error().text());
  }
  if (!done) {
    count("failed");
    return error_response(done.error());
  }
  if (!*done) {
    count("wrong_link");
    return error_response(401, "wrong_link",
                          "the link was used, or another has taken its place: hapax access reset "
                          "on the server's machine prints a new one");
  }
  return signed_in(request, "set_up");
}

/// In a new session, whatever the browser had before: who planted that one knows it (fixation).
HttpResponse SessionRoutes::signed_in(const HttpRequest& request, const std::string& outcome) {
  count(outcome);
  give_back(request);
  for (const std::string_view former : session_tokens(request.cookie)) {
    parts_.admin.end_session(hash_secret(former)).permit_unchecked_error();  // In memory it is.
  }
  const std::string token = parts_.admin.begin_session();
  HttpResponse response = session_json(full_caller(Known::kByPassword));
  response.headers.emplace_back("Set-Cookie", session_cookie(request, token));
  return response;
}

void SessionRoutes::sign_out(const HttpRequest& request, const Respond& respond) {
  if (auto refused = parts_.gate.refused_to_sign_in(request)) {
    respond(std::move(*refused));
    return;
  }
  passwords_.post([this, request, respond] {
    HttpResponse response{.status = 204, .content_type = ""};
    for (const std::string_view token : session_tokens(request.cookie)) {
      if (const auto ended = parts_.admin.end_session(hash_secret(token)); !ended) {
        response = error_response(ended.error());
      }
    }
    response.headers.emplace_back("Set-Cookie", no_session_cookie(request));
    respond(std::move(response));
  });
}

void SessionRoutes::count(const std::string& outcome) {
  const MutexLock lock(mutex_);
  ++counts_[outcome];
}

SessionStats SessionRoutes::stats() const {
  const AdminStats admin = parts_.admin.stats();
  const MutexLock lock(mutex_);
  return {.sign_ins = counts_, .admin = admin};
}

}  // namespace hapax
