// SPDX-License-Identifier: Apache-2.0
#include "adapters/s3/signature.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "hash/hmac.hpp"

namespace hapax {
namespace {

/// "host;x-amz-date": the names of signed headers.
std::string names_of(const SignedParts::Fields& sorted) {
  std::string names;
  for (const auto& [name, value] : sorted) {
    names += (names.empty() ? "" : ";") + name;
  }
  return names;
}

SignedParts::Fields sorted(SignedParts::Fields fields) {
  std::ranges::sort(fields);
  return fields;
}

}  // namespace

std::string signing_time(ProcessingTime time) {
  const std::chrono::sys_time<Microseconds> utc(time.time_since_epoch());
  const auto day = std::chrono::floor<std::chrono::days>(utc);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(utc - day));
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    encoded += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string query_of(SignedParts::Fields query) {
  for (auto& [name, value] : query) {
    name = percent_encoded(name);
    value = percent_encoded(value);
  }
  std::ranges::sort(query);  // By what is sent: '-' as it is comes before '%'.
  std::string text;
  for (const auto& [name, value] : query) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  }
  return text;
}

std::string canonical_request(const SignedParts& parts) {
  const SignedParts::Fields headers = sorted(parts.headers);
  std::string lines;
  for (const auto& [name, value] : headers) {
    lines += fmt::format("{}:{}\n", name, value);
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", parts.method, parts.path, query_of(parts.query),
                     lines, names_of(headers), parts.body_sha);
}

std::string authorization(const SignedParts& parts, const SigningScope& scope,
                          const S3Credentials& credentials, const std::string& time) {
  const std::string day = time.substr(0, 8);
  const std::string scope_text =
      fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope_text,
                                          sha256_hex(canonical_request(parts)));
  std::string key = "AWS4" + credentials.secret_key;
  for (const std::string_view part :
       {std::string_view(day), std::string_view(scope.region), std::string_view(scope.service),
        std::string_view("aws4_request")}) {
    key = hmac_sha256(key, part);
  }
  return fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                     credentials.access_key, scope_text, names_of(sorted(parts.headers)),
                     hmac_sha256_hex(key, to_sign));
}

}  // namespace hapax
