// SPDX-License-Identifier: Apache-2.0
#include "read/answer_budget.hpp"

namespace hapax {

std::shared_ptr<const void> AnswerBudget::take(std::size_t bytes) {
  const std::uint64_t before = taken_->fetch_add(bytes);
  if (before > 0 && before + bytes > bytes_limit_) {
    taken_->fetch_sub(bytes);
    ++refused_;
    return nullptr;
  }
  return {this, [taken = taken_, bytes](const void*) { taken->fetch_sub(bytes); }};
}

}  // namespace hapax
