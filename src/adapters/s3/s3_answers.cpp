// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/s3_answers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

namespace hapax {
namespace {

std::string header(const S3Answer& answer, const std::string& name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? std::string() : found->second;
}

std::optional<unsigned> digit_of(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::size_t at = kDigits.find(lower);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(at));
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    const auto high = at + 2 < text.size() ? digit_of(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? digit_of(text[at + 2]) : std::nullopt;
    if (!high || !low) {
      return std::nullopt;
    }
    decoded += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return decoded;
}

/// A line of printable characters, as long as a message may show.
std::string shown(std::string_view text) {
  constexpr std::size_t kBytesShown = 200;
  std::string line;
  for (const char c : text.substr(0, kBytesShown)) {
    line += c >= ' ' && c <= '~' ? c : ' ';
  }
  return line;
}

std::string answer_text(const S3Answer& answer, const S3ErrorBody& body) {
  std::string text = fmt::format("it answered {}", answer.status);
  if (!body.code.empty()) {
    text += " " + shown(body.code);
  }
  const std::string& detail = body.code.empty() ? answer.body : body.message;
  return detail.empty() ? text : text + ": " + shown(detail);
}

/// The region that the bucket is in, if the answer says that it is another one.
std::string region_of_bucket(const S3Answer& answer, const S3ErrorBody& body) {
  const std::string told = header(answer, "x-amz-bucket-region");
  return shown(body.region.empty() ? told : body.region);
}

struct Advice {
  ErrorKind kind;
  std::string hint;
};

/// What the codes mean that stores give for what an operator has to put right.
std::optional<Advice> advice_of_code(const S3Answer& answer, const S3ErrorBody& body,
                                     const S3Settings& settings) {
  const std::string& code = body.code;
  if (code == "RequestTimeTooSkewed") {
    return Advice{ErrorKind::kInvalid,
                  fmt::format("this machine's clock says {}, the store's {}: set the one that is "
                              "wrong, such as with NTP",
                              signing_time(answer.signed_at), shown(header(answer, "date")))};
  }
  if (code == "NoSuchBucket") {
    return Advice{ErrorKind::kInvalid,
                  fmt::format("make the bucket {}, or correct the bucket or the endpoint of the "
                              "settings",
                              settings.bucket)};
  }
  if (code == "InvalidAccessKeyId" || code == "XAdminUserNotFound") {  // The second: versitygw's.
    return Advice{ErrorKind::kInvalid,
                  fmt::format("the store does not know the access key {}: correct it, or the "
                              "endpoint",
                              settings.credentials.access_key)};
  }
  if (code == "SignatureDoesNotMatch") {
    return Advice{ErrorKind::kInvalid,
                  fmt::format("the secret key is not that of {}, or a proxy changes requests",
                              settings.credentials.access_key)};
  }
  if (code == "ExpiredToken" || code == "InvalidToken" || code == "TokenRefreshRequired") {
    return Advice{ErrorKind::kInvalid,
                  "credentials that are lent for a while have run out: renew "
                  "them"};
  }
  return std::nullopt;
}

Advice advice_of(const S3Answer& answer, const S3ErrorBody& body, const S3Settings& settings) {
  if (auto advice = advice_of_code(answer, body, settings)) {
    return *std::move(advice);
  }
  const std::string region = region_of_bucket(answer, body);
  const bool is_elsewhere =
      body.code == "AuthorizationHeaderMalformed" || (answer.status >= 300 && answer.status <= 399);
  if (is_elsewhere) {
    return {
        ErrorKind::kInvalid,
        region.empty() || region == settings.region
            ? fmt::format("the region is set to {}: correct it, or the endpoint", settings.region)
            : fmt::format("the bucket is in the region {}, the settings say {}: correct the "
                          "region and the endpoint",
                          region, settings.region)};
  }
  if (answer.status == 401 || answer.status == 403) {
    return {ErrorKind::kInvalid,
            fmt::format("see that the bucket {} is there and that {} may get, put, delete and list "
                        "objects in it",
                        settings.bucket, settings.credentials.access_key)};
  }
  if (answer.status == 501) {
    return {ErrorKind::kInvalid,
            "the store lacks what is asked of it; docs/object-store.md names "
            "those that have it"};
  }
  // Those that speak of the way, not of the request, and conditional requests that met another.
  constexpr std::array<std::string_view, 6> kOfTheWay{
      "RequestTimeout", "BadDigest",        "XAmzContentSHA256Mismatch",
      "IncompleteBody", "OperationAborted", "SlowDown"};
  const bool may_be_repeated = answer.status >= 500 || answer.status == 408 ||
                               answer.status == 409 || answer.status == 425 ||
                               answer.status == 429 ||
                               std::ranges::find(kOfTheWay, body.code) != kOfTheWay.end();
  return {may_be_repeated ? ErrorKind::kUnavailable : ErrorKind::kInvalid, ""};
}

}  // namespace

S3ErrorBody read_error_body(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) {
    return {};
  }
  const pugi::xml_node error = document.child("Error");
  return {.code = error.child_value("Code"),
          .message = error.child_value("Message"),
          .region = error.child_value("Region")};
}

Result<S3Page> read_page(std::string_view xml) {
  const auto wrong = [](std::string_view what) {
    return Error{ErrorKind::kUnavailable, fmt::format("its list of objects {}", what)};
  };
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) {
    return wrong("is no XML");
  }
  const pugi::xml_node list = document.child("ListBucketResult");
  if (!list) {
    return wrong("has no ListBucketResult");
  }
  const bool is_encoded = std::string_view(list.child_value("EncodingType")) == "url";
  S3Page page;
  for (const pugi::xml_node object : list.children("Contents")) {
    const std::string_view key = object.child_value("Key");
    auto decoded = is_encoded ? percent_decoded(key) : std::string(key);
    if (!decoded) {
      return wrong(fmt::format("has a key that is not encoded right: {}", shown(key)));
    }
    page.keys.push_back(*std::move(decoded));
  }
  if (std::string_view(list.child_value("IsTruncated")) == "true") {
    page.next = list.child_value("NextContinuationToken");
    if (page.next.empty()) {
      return wrong("goes on and does not say where");
    }
  }
  return page;
}

bool says_that_nothing_is_there(const S3Answer& answer) {
  return answer.failure.empty() && answer.status == 404 &&
         read_error_body(answer.body).code == "NoSuchKey";
}

Error error_of(std::string_view what, const S3Answer& answer, const S3Settings& settings) {
  const std::string begin = fmt::format("cannot {} in {}: ", what, place_of(settings));
  if (!answer.failure.empty()) {
    return {ErrorKind::kUnavailable, begin + answer.failure};
  }
  const S3ErrorBody body = read_error_body(answer.body);
  Advice advice = advice_of(answer, body, settings);
  return {advice.kind, begin + answer_text(answer, body), std::move(advice.hint)};
}

}  // namespace hapax
