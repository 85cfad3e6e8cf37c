// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/transfer.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "hash/hmac.hpp"
#include "ports/object_store.hpp"

namespace hapax {
namespace {

/// Fewer bytes in a second are none: what trickles so holds a connection and gets nowhere.
constexpr long kBytesPerSecondMin = 100;

std::string_view without_spaces(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t from = std::min(text.size(), text.find_first_not_of(kSpaces));
  return text.substr(from, text.find_last_not_of(kSpaces) + 1 - from);
}

}  // namespace

S3Client::Transfer::Transfer(S3Request request, Answered answered, const S3Settings& settings,
                             ProcessingTime now)
    : request_(std::move(request)), answered_(std::move(answered)), handle_(curl_easy_init()) {
  answer_.signed_at = now;
  if (handle_ != nullptr) {
    sign(settings);
    set_up(settings);
  }
}

void S3Client::Transfer::sign(const S3Settings& settings) {
  const std::string time = signing_time(answer_.signed_at);
  // The name of the bucket is in the path: it works with any name, and where no name server knows
  // a host for each bucket.
  SignedParts parts{
      .method = request_.method,
      .path = "/" + settings.bucket + (request_.key.empty() ? "" : "/") + request_.key,
      .query = std::move(request_.query),
      .headers = std::move(request_.headers),
      .body_sha = sha256_hex(request_.body)};
  parts.headers.emplace_back("host", settings.endpoint.substr(settings.endpoint.find("//") + 2));
  parts.headers.emplace_back("x-amz-content-sha256", parts.body_sha);
  parts.headers.emplace_back("x-amz-date", time);
  if (!settings.credentials.session_token.empty()) {
    parts.headers.emplace_back("x-amz-security-token", settings.credentials.session_token);
  }
  for (const auto& [name, value] : parts.headers) {
    add_header(fmt::format("{}: {}", name, value));
  }
  add_header("authorization: " +
             authorization(parts, {.region = settings.region}, settings.credentials, time));
  // What libcurl adds of its own and would have to be waited for, or was not said.
  add_header("expect:");
  add_header("content-type:");
  url_ = settings.endpoint + parts.path;
  if (!parts.query.empty()) {
    url_ += "?" + query_of(parts.query);
  }
}

void S3Client::Transfer::add_header(const std::string& line) {
  if (curl_slist* longer = curl_slist_append(headers_.get(), line.c_str()); longer != nullptr) {
    (void)headers_.release();
    headers_.reset(longer);
  }
}

void S3Client::Transfer::set_up(const S3Settings& settings) {
  set(CURLOPT_URL, url_.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // No stop waits for a name server.
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_USERAGENT, "hapax");
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, kBytesPerSecondMin);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall_timeout.count()));
  set(CURLOPT_WRITEFUNCTION, &Transfer::keep_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Transfer::keep_header);
  set(CURLOPT_HEADERDATA, this);
  if (!settings.ca_file.empty()) {
    set(CURLOPT_CAINFO, settings.ca_file.c_str());
  }
  if (request_.method == "PUT") {
    // A body of a POST is one that libcurl can send again by itself; only the word is another.
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

S3Answer S3Client::Transfer::finish(CURLcode code) {
  if (code != CURLE_OK) {
    answer_.failure = is_too_large_            ? "the object is larger than any of ours"
                      : error_.front() != '\0' ? error_.data()
                                               : curl_easy_strerror(code);
  }
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
  return std::move(answer_);
}

std::size_t S3Client::Transfer::keep_body(char* bytes, std::size_t size, std::size_t count,
                                          void* transfer) {
  auto& self = *static_cast<Transfer*>(transfer);
  std::string& body = self.answer_.body;
  if (size * count > kObjectBytesMax - body.size()) {
    self.is_too_large_ = true;
    return 0;
  }
  body.append(bytes, size * count);
  return size * count;
}

std::size_t S3Client::Transfer::keep_header(char* bytes, std::size_t size, std::size_t count,
                                            void* transfer) {
  auto& self = *static_cast<Transfer*>(transfer);
  const std::string_view line(bytes, size * count);
  if (line.starts_with("HTTP/")) {
    self.answer_.headers.clear();  // Of what came before, such as 100 Continue.
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    self.answer_.headers[name] = without_spaces(line.substr(colon + 1));
  }
  return size * count;
}

}  // namespace hapax
