// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "adapters/s3/signature.hpp"
#include "core/result.hpp"

namespace hapax {

/// A bucket and how it is reached. What each is for an operator: docs/object-store.md.
struct S3Settings {
  std::string endpoint;              ///< "https://host" or "http://host:port".
  std::string region = "us-east-1";  ///< Where the bucket is; stores that have none take any.
  std::string bucket;                ///< It is there already.
  std::string prefix;                ///< What all keys begin with; empty, or ends in '/'.
  S3Credentials credentials;
  std::string ca_file;  ///< Who is believed of TLS; empty: whom the system believes.
  std::chrono::milliseconds connect_timeout{5'000};
  /// So long may a call wait with nothing coming or going.
  std::chrono::seconds stall_timeout{20};
  std::size_t requests_max = 16;  ///< At once; more of them wait.
  std::size_t list_page = 1'000;  ///< Names asked for at once; stores give up to 1,000.
};

/// Errors: kInvalid, a setting that cannot be right, and what it may be.
Result<void> check_s3_settings(const S3Settings& settings);

/// "bucket b at http://host:port": for messages.
std::string place_of(const S3Settings& settings);

}  // namespace hapax
