#include "api/error_answer.hpp"

#include <nlohmann/json.hpp>

namespace hapax {

HttpResponse error_answer(int status, const std::string& code, const std::string& message) {
  const nlohmann::ordered_json body{{"success", false},   {"code", code},
                                    {"message", message}, {"detail", message},
                                    {"error", code},      {"error_description", message},
                                    {"status", status}};
  HttpResponse response{
      .status = status,
      .body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
  if (status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

HttpResponse error_answer(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return error_answer(400, "invalid_request", error.text());
    case ErrorKind::kUnavailable:
      return error_answer(504, "not_reached", error.text());
    case ErrorKind::kExhausted:
      return error_answer(413, "answer_too_large", error.text());
    case ErrorKind::kClosed:
      return error_answer(503, "shutting_down", error.text());
    case ErrorKind::kCorrupt:
      return error_answer(500, "data_damaged", error.text());
    case ErrorKind::kInternal:
      return error_answer(500, "internal_error", error.text());
  }
  return error_answer(500, "internal_error", error.text());
}

}  // namespace hapax
