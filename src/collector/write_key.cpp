// SPDX-License-Identifier: Apache-2.0
#include "collector/write_key.hpp"

#include <algorithm>

#include "bytes/base64.hpp"
#include "hash/hash.hpp"

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

}  // namespace

Sources::Sources(const WriteKeys& write_keys, std::size_t sources_limit, Random& random)
    : seeds_{.low = random.next(), .high = random.next()}, sources_limit_(sources_limit) {
  for (const auto& [key, source] : write_keys) {
    by_key_.emplace(hash_of(key), source);
  }
}

OrRefusal<HeadKey> Sources::check_head(std::string_view authorization, std::string_view header,
                                       std::string_view query) const {
  HeadKey head{.text = std::string(query)};
  // Jitsu's SDK sends key:secret, and in the body the key with its secret blotted out.
  if (const auto key = header.substr(0, header.find(':')); !key.empty()) {
    head = {.text = std::string(key), .beats_body = true};
  }
  if (has_scheme(authorization, kBasic)) {
    auto user = basic_user(authorization);
    if (!user) {
      return invalid_key();
    }
    if (!user->empty()) {
      head = {.text = *std::move(user), .beats_body = true};
    }
  }
  if (!head.text.empty() && !is_possible(head.text)) {
    return invalid_key();
  }
  return head;
}

OrRefusal<std::string_view> Sources::find(const HeadKey& head,
                                          std::optional<std::string_view> body) {
  const bool from_body = !head.beats_body && !body.value_or(std::string_view()).empty();
  const std::string_view key = from_body ? *body : head.text;
  if (by_key_.empty()) {
    return open(key.empty() ? kDefaultSource : key);
  }
  if (key.empty()) {
    return Refusal{401, "missing_write_key",
                   "send the write key as Basic user, as writeKey in the body or in the query"};
  }
  const auto entry = by_key_.find(hash_of(key));
  if (entry == by_key_.end()) {
    return invalid_key();
  }
  return std::string_view(entry->second);
}

std::string_view Sources::known(const HeadKey& head) const {
  if (by_key_.empty()) {
    return find_open(head.text.empty() ? kDefaultSource : head.text);
  }
  const auto entry = by_key_.find(hash_of(head.text));
  return entry != by_key_.end() ? std::string_view(entry->second) : std::string_view();
}

std::string_view Sources::find_open(std::string_view source) const {
  const ReaderLock lock(mutex_);
  const auto found = open_.find(source);
  return found != open_.end() ? std::string_view(*found) : std::string_view();
}

Hash128 Sources::hash_of(std::string_view key) const {
  return {.low = hash64(key, seeds_.low), .high = hash64(key, seeds_.high)};
}

bool Sources::is_possible(std::string_view key) const {
  return by_key_.empty() ? is_source_name(key) : by_key_.contains(hash_of(key));
}

OrRefusal<std::string_view> Sources::open(std::string_view source) {
  if (!is_source_name(source)) {
    return invalid_key();
  }
  if (const std::string_view found = find_open(source); !found.empty()) {
    return found;
  }
  const WriterLock lock(mutex_);
  if (open_.size() >= sources_limit_ && !open_.contains(source)) {
    return Refusal{401, "too_many_sources",
                   "events of " + std::to_string(sources_limit_) +
                       " sources came since the start, and no more are taken; configure "
                       "collector.write_keys, or raise collector.sources_limit"};
  }
  return std::string_view(*open_.emplace(source).first);
}

}  // namespace hapax
