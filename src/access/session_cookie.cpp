// SPDX-License-Identifier: Apache-2.0
#include "access/session_cookie.hpp"

#include <fmt/format.h>

#include "access/sessions.hpp"
#include "http/request_url.hpp"

namespace hapax {
namespace {

constexpr std::string_view kName = "hapax_session";
constexpr std::size_t kTokensMax = 8;

std::string set_cookie(const HttpRequest& request, std::string_view value,
                       std::chrono::seconds age) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", kName, value,
                     age.count(), request_protocol(request) == "https" ? "; Secure" : "");
}

}  // namespace

std::vector<std::string_view> session_tokens(std::string_view cookie) {
  std::vector<std::string_view> tokens;
  while (!cookie.empty() && tokens.size() < kTokensMax) {
    std::string_view pair = cookie.substr(0, cookie.find(';'));
    cookie.remove_prefix(std::min(cookie.size(), pair.size() + 1));
    pair.remove_prefix(std::min(pair.size(), pair.find_first_not_of(' ')));
    if (pair.size() > kName.size() && pair.starts_with(kName) && pair[kName.size()] == '=') {
      tokens.push_back(pair.substr(kName.size() + 1));
    }
  }
  return tokens;
}

std::string session_cookie(const HttpRequest& request, std::string_view token) {
  return set_cookie(request, token, kSessionAgeMax);
}

std::string no_session_cookie(const HttpRequest& request) {
  return set_cookie(request, "", std::chrono::seconds(0));
}

}  // namespace hapax
