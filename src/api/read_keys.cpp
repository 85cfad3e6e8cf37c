// SPDX-License-Identifier: Apache-2.0
#include "api/read_keys.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "hash/hash.hpp"
#include "http/query_string.hpp"

namespace hapax {
namespace {

bool is_key(std::string_view key, const Hash128& sent) {
  const Hash128 hash = hash128(key);
  return ((hash.low ^ sent.low) | (hash.high ^ sent.high)) == 0;
}

/// RFC 9110, 11.1: the scheme's name in any case.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  const auto scheme = authorization.substr(0, kScheme.size());
  const bool is_bearer = std::ranges::equal(
      scheme, kScheme, {}, [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return is_bearer ? std::optional(authorization.substr(kScheme.size())) : std::nullopt;
}

}  // namespace

std::optional<std::string> sent_key(const HttpRequest& request, bool for_event_source) {
  if (const auto token = bearer_token(request.authorization)) {
    return std::string(*token);
  }
  return for_event_source ? query_parameter(request.query, "readKey") : std::nullopt;
}

const ReadScope* scope_of(const ReadKeys& keys, std::string_view key) {
  const Hash128 sent = hash128(key);
  const ReadScope* found = nullptr;
  for (const auto& [known, scope] : keys) {
    found = is_key(known, sent) ? &scope : found;
  }
  return found;
}

bool has_key(const AdminKeys& keys, std::string_view key) {
  const Hash128 sent = hash128(key);
  bool found = false;
  for (const auto& known : keys) {
    found |= is_key(known, sent);
  }
  return found;
}

}  // namespace hapax
