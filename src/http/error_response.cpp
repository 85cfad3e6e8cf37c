// SPDX-License-Identifier: Apache-2.0
#include "http/error_response.hpp"

#include "http/error_body.hpp"

namespace hapax {

HttpResponse error_response(int status, const std::string& code, const std::string& message) {
  HttpResponse response{.status = status, .body = error_body(status, code, message)};
  if (status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

HttpResponse error_response(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return error_response(400, "invalid_request", error.text());
    case ErrorKind::kTimedOut:
      return error_response(504, "not_reached", error.text());
    case ErrorKind::kUnavailable:
    case ErrorKind::kExhausted:
      return error_response(503, "unavailable", error.text());
    case ErrorKind::kClosed:
      return error_response(503, "shutting_down", error.text());
    case ErrorKind::kCorrupt:
      return error_response(500, "data_damaged", error.text());
    case ErrorKind::kInternal:
      return error_response(500, "internal_error", error.text());
  }
  return error_response(500, "internal_error", error.text());
}

HttpResponse answers_overloaded() {
  return error_response(503, "overloaded",
                        "too many answers wait to be sent; ask again later, or for less: a shorter "
                        "time range or one event");
}

}  // namespace hapax
