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

bool contains_key(std::initializer_list<const ReadKeys*> keys, std::string_view sent) {
  const Hash128 wanted = hash128(sent);
  bool found = false;
  for (const ReadKeys* const some : keys) {
    for (const auto& key : *some) {
      const Hash128 hash = hash128(key);
      found |= ((hash.low ^ wanted.low) | (hash.high ^ wanted.high)) == 0;
    }
  }
  return found;
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

bool has_key(std::initializer_list<const ReadKeys*> keys, const HttpRequest& request,
             bool for_event_source) {
  if (const auto token = bearer_token(request.authorization)) {
    return contains_key(keys, *token);
  }
  const auto in_query = for_event_source ? query_parameter(request.query, "readKey") : std::nullopt;
  return in_query && contains_key(keys, *in_query);
}

}  // namespace hapax
