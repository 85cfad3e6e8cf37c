// SPDX-License-Identifier: Apache-2.0
#include "access/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "access/host_name.hpp"
#include "access/session_cookie.hpp"
#include "http/error_response.hpp"
#include "http/query_string.hpp"

namespace hapax {
namespace {

/// RFC 9110, 11.1: the scheme's name in any case.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  const auto scheme = authorization.substr(0, kScheme.size());
  const bool is_bearer = std::ranges::equal(
      scheme, kScheme, {}, [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return is_bearer ? std::optional(authorization.substr(kScheme.size())) : std::nullopt;
}

std::optional<std::string> sent_key(const HttpRequest& request, bool in_query) {
  if (const auto token = bearer_token(request.authorization)) {
    return std::string(*token);
  }
  return in_query ? query_parameter(request.query, "readKey") : std::nullopt;
}

/// What a browser says of whose page asks; what is no browser says nothing.
enum class Page { kUnsaid, kOurs, kAnother };

/// Sec-Fetch-Site says it best, and no script can set it; but browsers send it over TLS and to
/// loopback addresses alone.
Page page_of(const HttpRequest& request) {
  if (!request.sec_fetch_site.empty()) {
    return request.sec_fetch_site == "same-origin" ? Page::kOurs : Page::kAnother;
  }
  if (request.origin.empty()) {
    return Page::kUnsaid;
  }
  return is_origin_of(request.origin, request.host) ? Page::kOurs : Page::kAnother;
}

bool changes_nothing(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

HttpResponse refused_page(const HttpRequest& request) {
  const std::string who = request.origin.empty() ? "something other than a page of this server"
                                                 : "a page of " + request.origin;
  return error_response(
      403, "other_origin",
      fmt::format("{} asks, which may not act for who has signed in at {}; programs send a key as "
                  "Authorization: Bearer <key>",
                  who, request.host));
}

}  // namespace

std::optional<HttpResponse> Gate::refused_at_all(const HttpRequest& request) const {
  if (!settings_.is_dev) {
    return std::nullopt;
  }
  if (request.is_forwarded) {
    return error_response(
        403, "dev_forwarded",
        "the request came through a proxy, and this server lets in everybody (--dev): start it "
        "without --dev and sign in");
  }
  if (!is_loopback_name(host_name(request.host))) {
    return error_response(
        403, "dev_host",
        fmt::format(
            "the request is for the host \"{}\", and this server lets in everybody (--dev), "
            "for localhost and loopback addresses alone: start it without --dev and sign in",
            request.host));
  }
  return std::nullopt;
}

std::variant<Caller, HttpResponse> Gate::caller_of(const HttpRequest& request,
                                                   bool key_in_query) const {
  const bool is_safe = changes_nothing(request);
  if (settings_.is_dev) {
    if (!is_safe && page_of(request) == Page::kAnother) {
      return refused_page(request);
    }
    return full_caller(Known::kByBeingHere);
  }
  if (const auto key = sent_key(request, key_in_query)) {
    return by_key(hash_secret(*key));
  }
  for (const std::string_view token : session_tokens(request.cookie)) {
    if (admin_ != nullptr && admin_->use_session(hash_secret(token))) {
      if (auto refused = refused_host(request)) {
        return std::move(*refused);
      }
      if (!is_safe && page_of(request) != Page::kOurs) {
        return refused_page(request);
      }
      return full_caller(Known::kByPassword);
    }
  }
  return Caller();
}

std::variant<Caller, HttpResponse> Gate::by_key(const SecretHash& sent) const {
  if (admin_ != nullptr && admin_->is_machine_token(sent)) {
    return full_caller(Known::kByToken);
  }
  const Caller* const found = keys_.find(sent);
  if (found == nullptr) {
    return error_response(401, "invalid_key",
                          "the key is none that this server knows: send one of its settings, or "
                          "what is in access/token of its data directory");
  }
  return *found;
}

std::optional<HttpResponse> Gate::refused_to_sign_in(const HttpRequest& request) const {
  if (page_of(request) == Page::kAnother) {
    return refused_page(request);
  }
  return refused_host(request);
}

bool Gate::is_known_host(const HttpRequest& request) const {
  const std::string name = host_name(request.host);
  return settings_.hosts.empty() || settings_.hosts.contains(name) || name == "localhost" ||
         is_ip_address(name);
}

std::optional<HttpResponse> Gate::refused_host(const HttpRequest& request) const {
  return is_known_host(request)
             ? std::nullopt
             : std::optional(error_response(
                   403, "unknown_host",
                   fmt::format("\"{}\" is not a name of this server: add it to http.hosts if it is",
                               host_name(request.host))));
}

std::optional<HttpResponse> refused_right(const Caller& caller, Right right) {
  if (caller.may(right)) {
    return std::nullopt;
  }
  if (caller.known == Known::kNot) {
    return error_response(401, "not_signed_in",
                          "sign in at /, or send a key as Authorization: Bearer <key>: one of the "
                          "settings, or what is in access/token of the data directory");
  }
  const bool is_events = right == Right::kEvents;
  return error_response(
      403, "not_allowed",
      fmt::format("this key {}: it is none of {}",
                  is_events ? "may not see single events, which are people's data"
                            : "may read, and change nothing",
                  is_events ? "api.event_keys or api.admin_keys" : "api.admin_keys"));
}

}  // namespace hapax
