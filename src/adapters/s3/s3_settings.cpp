// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/s3_settings.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "ports/object_name.hpp"

namespace hapax {
namespace {

/// A scheme and a host, perhaps a port, and nothing else: the path of a request is the bucket's.
bool is_endpoint(std::string_view text) {
  const auto scheme = {std::string_view("https://"), std::string_view("http://")};
  const auto* const found = std::ranges::find_if(
      scheme, [text](std::string_view begin) { return text.starts_with(begin); });
  if (found == scheme.end() || text.size() == found->size()) {
    return false;
  }
  return std::ranges::none_of(text.substr(found->size()), [](char c) {
    return c <= ' ' || c > '~' || c == '/' || c == '@' || c == '?' || c == '#';
  });
}

/// Longer and stranger ones cannot be made at any store.
bool is_bucket(std::string_view text) {
  constexpr std::size_t kBucketBytesMax = 63;
  return !text.empty() && text.size() <= kBucketBytesMax && is_object_name(text) &&
         text.find('/') == std::string_view::npos;
}

bool is_prefix(std::string_view text) {
  return text.empty() || (text.ends_with('/') && is_object_name(text.substr(0, text.size() - 1)));
}

/// What can stand in a header.
bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Result<void> check_s3_settings(const S3Settings& settings) {
  if (!is_endpoint(settings.endpoint)) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("\"{}\" is no endpoint of an object store", settings.endpoint),
                 "http:// or https://, a host, perhaps a port, and nothing behind it, such as "
                 "https://s3.eu-central-1.amazonaws.com"};
  }
  if (!is_bucket(settings.bucket)) {
    return Error{ErrorKind::kInvalid, fmt::format("\"{}\" is no name of a bucket", settings.bucket),
                 "up to 63 letters, digits, '.', '-' and '_'"};
  }
  if (!is_prefix(settings.prefix)) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("\"{}\" is no beginning of keys in a bucket", settings.prefix),
                 "empty, or such as \"hapax/production/\", with a '/' at its end"};
  }
  if (!is_word(settings.region)) {
    return Error{ErrorKind::kInvalid, fmt::format("\"{}\" is no region", settings.region),
                 "us-east-1 where the store has none"};
  }
  if (!is_word(settings.credentials.access_key) || !is_word(settings.credentials.secret_key)) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("there are no credentials for {}", place_of(settings)),
                 "an access key and its secret key, a line without spaces each"};
  }
  return {};
}

std::string place_of(const S3Settings& settings) {
  return fmt::format("bucket {} at {}", settings.bucket, settings.endpoint);
}

}  // namespace hapax
