// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace hapax {

/// Who asks a store.
struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< Of credentials that are lent for a while; empty: of others.
};

/// What a request is signed over, by AWS Signature Version 4
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
struct SignedParts {
  using Fields = std::vector<std::pair<std::string, std::string>>;

  std::string method;
  std::string path;      ///< As it is sent: encoded.
  Fields query;          ///< Names and values, not encoded yet, in any order.
  Fields headers;        ///< All that are signed, "host" among them; names in lower case.
  std::string body_sha;  ///< sha256_hex() of the body.
};

/// Where and for what a signature holds.
struct SigningScope {
  std::string region;
  std::string service = "s3";
};

/// "20130524T000000Z": what the header x-amz-date says.
std::string signing_time(ProcessingTime time);

/// Each byte but letters, digits, '-', '.', '_' and '~' as %XX.
std::string percent_encoded(std::string_view text);

/// As it is signed and sent: encoded, in order.
std::string query_of(SignedParts::Fields query);

std::string canonical_request(const SignedParts& parts);

/// The value of the header "authorization". `time`: that of x-amz-date.
std::string authorization(const SignedParts& parts, const SigningScope& scope,
                          const S3Credentials& credentials, const std::string& time);

}  // namespace hapax
