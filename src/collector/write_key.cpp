#include "collector/write_key.hpp"

#include <algorithm>

#include "core/base64.hpp"

namespace hapax {
namespace {

constexpr std::string_view kBasic = "basic";

bool has_scheme(std::string_view authorization, std::string_view scheme) {
  return authorization.size() > scheme.size() && authorization[scheme.size()] == ' ' &&
         std::equal(scheme.begin(), scheme.end(), authorization.begin(), [](char a, char b) {
           return a == ('A' <= b && b <= 'Z' ? static_cast<char>(b + 'a' - 'A') : b);
         });
}

Refusal invalid_key() {
  return {401, "invalid_write_key", "the write key is not valid here"};
}

// The user of Basic authentication, up to the colon; nothing when it is damaged.
std::optional<std::string> basic_user(std::string_view authorization) {
  std::string_view credentials = authorization.substr(kBasic.size());
  while (credentials.starts_with(' ')) {
    credentials.remove_prefix(1);
  }
  while (credentials.ends_with(' ')) {
    credentials.remove_suffix(1);
  }
  auto decoded = decode_base64(credentials);
  if (decoded) {
    decoded->resize(std::min(decoded->find(':'), decoded->size()));
  }
  return decoded;
}

bool is_source_name(std::string_view name) {
  return name.size() <= kSourceBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) { return ' ' <= c && c <= '~'; });
}

OrRefusal<std::string> find_key(const KeyPlaces& places) {
  if (has_scheme(places.authorization, kBasic)) {
    auto user = basic_user(places.authorization);
    if (!user) {
      return invalid_key();
    }
    if (!user->empty()) {
      return *std::move(user);
    }
  }
  const std::string_view body = places.body.value_or(std::string_view());
  return std::string(body.empty() ? places.query : body);
}

}  // namespace

OrRefusal<std::string> resolve_source(const KeyPlaces& places, const WriteKeys& keys) {
  auto found = find_key(places);
  if (std::holds_alternative<Refusal>(found)) {
    return found;
  }
  std::string& key = std::get<std::string>(found);
  if (keys.empty()) {
    if (!is_source_name(key)) {
      return invalid_key();
    }
    return key.empty() ? std::string(kDefaultSource) : std::move(key);
  }
  if (key.empty()) {
    return Refusal{401, "missing_write_key",
                   "send the write key as Basic user, as writeKey in the body or in the query"};
  }
  const auto entry = keys.find(key);
  if (entry == keys.end()) {
    return invalid_key();
  }
  return entry->second;
}

}  // namespace hapax
