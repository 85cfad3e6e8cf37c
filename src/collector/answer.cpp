// SPDX-License-Identifier: Apache-2.0
#include "collector/answer.hpp"

#include <new>

#include "http/error_body.hpp"
#include "json/json_text.hpp"

namespace hapax {
namespace {

constexpr std::chrono::seconds kOverloadedRetryAfter{1};
constexpr std::chrono::seconds kLogRetryAfter{5};
constexpr std::chrono::seconds kDiskFullRetryAfter{10};

Refusal exhausted(Resource resource, AppendStage stage) {
  if (stage == AppendStage::kQueue) {
    return {503, "overloaded",
            "too many requests are waiting to be stored; send this one again later",
            kOverloadedRetryAfter};
  }
  if (resource == Resource::kSystem) {
    return {
        503, "resources_exhausted",
        "the server has no descriptor or memory left for its log, or its file may not grow; send "
        "this request again later",
        kLogRetryAfter};
  }
  return {503, "disk_full", "the disk is full; send this request again later", kDiskFullRetryAfter};
}

}  // namespace

void Outcome::add_error(std::size_t index, std::string_view message_id, const Problem& problem) {
  errors += errors.empty() ? "" : ",";
  errors += "{\"index\":" + std::to_string(index);
  append_json_member("messageId", message_id, errors);
  append_json_member("code", problem.code, errors);
  append_json_member("message", problem.reason, errors);
  errors += '}';
}

IngestResponse success_answer(const Outcome& outcome, std::string_view receipt) {
  IngestResponse response{.status = 200, .body = "{\"success\":true", .retry_after = {}};
  append_json_member("receipt", receipt, response.body);
  response.body += ",\"accepted\":" + std::to_string(outcome.accepted);
  response.body += ",\"rejected\":" + std::to_string(outcome.rejected);
  if (!outcome.errors.empty()) {
    response.body += ",\"errors\":[" + outcome.errors + "]";
  }
  response.body += '}';
  return response;
}

IngestResponse refusal_answer(const Refusal& refusal) {
  return {.status = refusal.status,
          .body = error_body(refusal.status, refusal.code, refusal.message),
          .retry_after = refusal.retry_after};
}

Refusal batch_too_large() {
  return {413, "batch_too_large",
          "the events, each stored with the batch's context, are too many bytes to be stored at "
          "once; send smaller batches"};
}

Refusal refusal_of(const Error& error, AppendStage stage) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return batch_too_large();
    case ErrorKind::kExhausted:
      return exhausted(error.resource, stage);
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimedOut:
    case ErrorKind::kCorrupt:
    case ErrorKind::kClosed:
    case ErrorKind::kInternal:
      break;
  }
  return {503, "log_unavailable",
          "the event log takes no records now; send this request again later", kLogRetryAfter};
}

Refusal refusal_of(const std::exception& exception) {
  if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) {
    return {503, "out_of_memory", "there is no memory for this request now; send it again later",
            kOverloadedRetryAfter};
  }
  return {500, "internal_error", "this request met a fault of the server; it may be sent again"};
}

}  // namespace hapax
