#include "collector/answer.hpp"

#include "collector/json_text.hpp"

namespace hapax {
namespace {

void append_member(std::string_view name, std::string_view value, std::string& object) {
  object += ',';
  append_json_string(name, object);
  object += ':';
  append_json_string(value, object);
}

std::string_view unavailable_message(std::string_view code) {
  if (code == "overloaded") {
    return "too many requests are waiting to be stored; send this one again later";
  }
  if (code == "disk_full") {
    return "the disk is full; send this request again later";
  }
  return "the event log takes no records now; send this request again later";
}

}  // namespace

void Outcome::add_error(std::size_t index, std::string_view message_id, const Problem& problem) {
  errors += errors.empty() ? "" : ",";
  errors += "{\"index\":" + std::to_string(index);
  append_member("messageId", message_id, errors);
  append_member("code", problem.code, errors);
  append_member("message", problem.reason, errors);
  errors += '}';
}

IngestResponse success_answer(const Outcome& outcome, std::string_view receipt) {
  IngestResponse response{.status = 200, .body = "{\"success\":true", .retry_after = {}};
  append_member("receipt", receipt, response.body);
  response.body += ",\"accepted\":" + std::to_string(outcome.accepted);
  response.body += ",\"rejected\":" + std::to_string(outcome.rejected);
  if (!outcome.errors.empty()) {
    response.body += ",\"errors\":[" + outcome.errors + "]";
  }
  response.body += '}';
  return response;
}

IngestResponse error_answer(int status, std::string_view code, std::string_view message) {
  IngestResponse response{.status = status, .body = "{\"success\":false", .retry_after = {}};
  for (const std::string_view name : {"code", "error"}) {
    append_member(name, code, response.body);
  }
  for (const std::string_view name : {"message", "detail", "error_description"}) {
    append_member(name, message, response.body);
  }
  response.body += ",\"status\":" + std::to_string(status) + "}";
  return response;
}

IngestResponse unavailable_answer(std::string_view code, std::chrono::seconds retry_after) {
  IngestResponse response = error_answer(503, code, unavailable_message(code));
  response.retry_after = retry_after;
  return response;
}

}  // namespace hapax
