// SPDX-License-Identifier: Apache-2.0
#include "read/receipts.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace hapax {
namespace {

Error of_another_log() {
  return {
      ErrorKind::kInvalid,
      "the receipt is of another log than the one that is counted here: of another server or "
      "cluster, or of a topic of events that was made anew",
      "ask where its events were sent, with the receipt of an answer from there; or ask without "
      "one"};
}

Error of_no_partition(const Receipt::End& end, std::size_t partitions) {
  return {ErrorKind::kInvalid,
          "the receipt names partition " + std::to_string(end.partition.value()) + " of " +
              std::to_string(partitions),
          "pass the receipt as the batch's answer gave it"};
}

/// What a former log has taken since it was brought here is not here.
Result<void> check_was_taken(const FormerLog& former, const Receipt& receipt) {
  for (const Receipt::End& end : receipt.ends) {
    if (end.partition.value() >= former.ends.size()) {
      return of_no_partition(end, former.ends.size());
    }
    if (end.end > former.ends[end.partition.value()]) {
      return Error{ErrorKind::kInvalid,
                   "the receipt is of a server whose events were brought here before it took these",
                   "ask that server"};
    }
  }
  return {};
}

/// Wherever the former log had them.
bool has_reached(const std::vector<Offset>& next, const std::vector<Offset>& ends) {
  return std::ranges::equal(ends, next, std::less_equal());
}

}  // namespace

Result<bool> includes(const LogPlace& processed, const Receipt& receipt) {
  if (processed.former && receipt.log == processed.former->log) {
    if (processed.former->ends.empty()) {
      return false;
    }
    HAPAX_TRY(check_was_taken(*processed.former, receipt));
    return has_reached(processed.next, processed.former->in);
  }
  if (!may_be_one_log(receipt.log, processed.log)) {
    return of_another_log();
  }
  bool all = processed.log != kNoLog;
  for (const Receipt::End& end : receipt.ends) {
    if (end.partition.value() >= processed.next.size()) {
      return of_no_partition(end, processed.next.size());
    }
    all = all && processed.next[end.partition.value()] >= end.end;
  }
  return all;
}

}  // namespace hapax
