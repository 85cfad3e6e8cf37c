// SPDX-License-Identifier: Apache-2.0
#include "read/receipts.hpp"

#include <string>

namespace hapax {

Result<bool> includes(const LogPlace& processed, const Receipt& receipt) {
  if (!may_be_one_log(receipt.log, processed.log)) {
    return Error{ErrorKind::kInvalid,
                 "the receipt is of another log than the one that is counted here: of another "
                 "server or cluster, or of a topic of events that was made anew",
                 "ask where its events were sent, with the receipt of an answer from there; or ask "
                 "without one"};
  }
  bool all = processed.log != kNoLog;
  for (const Receipt::End& end : receipt.ends) {
    if (end.partition.value() >= processed.next.size()) {
      return Error{ErrorKind::kInvalid,
                   "the receipt names partition " + std::to_string(end.partition.value()) + " of " +
                       std::to_string(processed.next.size()),
                   "pass the receipt as the batch's answer gave it"};
    }
    all = all && processed.next[end.partition.value()] >= end.end;
  }
  return all;
}

}  // namespace hapax
