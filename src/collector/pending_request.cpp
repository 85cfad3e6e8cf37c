// SPDX-License-Identifier: Apache-2.0
#include "collector/pending_request.hpp"

#include <utility>

namespace hapax {

PendingRequest::PendingRequest(std::shared_ptr<CollectorCounters> counters, std::size_t body_bytes,
                               Collector::Respond respond)
    : counters_(std::move(counters)), body_bytes_(body_bytes), respond_(std::move(respond)) {}

void PendingRequest::reject(std::size_t index, std::string_view message_id, const Problem& problem,
                            bool is_whole) {
  ++outcome_.rejected;
  outcome_.add_error(index, message_id, problem);
  rejection_codes_.push_back(problem.code);
  if (is_whole) {
    whole_problem_ = problem;
  }
}

void PendingRequest::receive() {
  received_ = outcome_.accepted + outcome_.rejected;
  counters_->received(received_);
}

void PendingRequest::refuse(const Refusal& refusal) {
  counters_->refused(source_, refusal.code, body_bytes_, received_);
  answer(refusal_answer(refusal));
}

void PendingRequest::settle(const Result<Receipt>& receipt) {
  if (!receipt) {
    refuse(refusal_of(receipt.error(), AppendStage::kWrite));
    return;
  }
  try {
    counters_->stored(outcome_.accepted, rejection_codes_, event_times_);
    answer(stored_answer(*receipt));
  } catch (const std::exception& exception) {
    // The log's thread goes on. What is stored is, so a retry counts once.
    answer(refusal_answer(refusal_of(exception)));
  }
}

IngestResponse PendingRequest::stored_answer(const Receipt& receipt) const {
  return whole_problem_ ? refusal_answer(Refusal{400, whole_problem_->code, whole_problem_->reason})
                        : success_answer(outcome_, encode_receipt(receipt));
}

void PendingRequest::answer(IngestResponse response) {
  if (const auto respond = std::exchange(respond_, nullptr)) {
    respond(std::move(response));
  }
}

}  // namespace hapax
