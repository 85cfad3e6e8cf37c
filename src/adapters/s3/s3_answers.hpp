// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/s3/s3_settings.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// What came back of a request.
struct S3Answer {
  std::string failure;  ///< Why there is no answer; empty: there is one, with what follows.
  long status = 0;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
  ProcessingTime signed_at{};  ///< What the request said of our clock.

  bool is_success() const { return failure.empty() && status >= 200 && status <= 299; }
};

/// What stores say of an error, in XML. Empty where they do not.
struct S3ErrorBody {
  std::string code;
  std::string message;
  std::string region;
};
S3ErrorBody read_error_body(std::string_view xml);

/// A page of an answer to ListObjectsV2.
struct S3Page {
  std::vector<std::string> keys;
  std::string next;  ///< What the next page is asked for with; empty: this is the last one.
};
/// Of keys that were asked for URL-encoded. Errors: kUnavailable, it is not one.
Result<S3Page> read_page(std::string_view xml);

/// Whether an answer to a request for an object says that there is none; a bucket that is not
/// there, or a page of some proxy, does not.
bool says_that_nothing_is_there(const S3Answer& answer);

/// Why a request failed: what, on what, with what answer, and what to do. `what`: "put hapax/x".
/// Errors: kInvalid, repeating it is in vain until something is changed; kUnavailable, it may be
/// repeated.
Error error_of(std::string_view what, const S3Answer& answer, const S3Settings& settings);

}  // namespace hapax
