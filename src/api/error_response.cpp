#include "api/error_response.hpp"

#include "collector/answer.hpp"

namespace hapax {

HttpResponse error_response(int status, const std::string& code, const std::string& message) {
  HttpResponse response{.status = status, .body = error_answer(status, code, message).body};
  if (status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

HttpResponse error_response(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return error_response(400, "invalid_request", error.text());
    case ErrorKind::kUnavailable:
      return error_response(504, "not_reached", error.text());
    case ErrorKind::kExhausted:
      return error_response(413, "answer_too_large", error.text());
    case ErrorKind::kClosed:
      return error_response(503, "shutting_down", error.text());
    case ErrorKind::kCorrupt:
      return error_response(500, "data_damaged", error.text());
    case ErrorKind::kInternal:
      return error_response(500, "internal_error", error.text());
  }
  return error_response(500, "internal_error", error.text());
}

}  // namespace hapax
