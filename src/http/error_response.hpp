// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.hpp"
#include "http/http.hpp"

namespace hapax {

/// An error with the JSON body of ingest errors (collector/answer.hpp), and Retry-After with 503.
HttpResponse error_response(int status, const std::string& code, const std::string& message);

/// The one place where kinds of errors become HTTP codes.
HttpResponse error_response(const Error& error);

/// 503: answers that are not sent yet occupy all that they may.
HttpResponse answers_overloaded();

}  // namespace hapax
