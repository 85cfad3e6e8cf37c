// SPDX-License-Identifier: Apache-2.0
#include "read/receipts.hpp"

#include <string>

namespace hapax {

Result<bool> includes(std::span<const Offset> processed, const Receipt& receipt) {
  bool all = true;
  for (const Receipt::End& end : receipt.ends) {
    if (end.partition.value() >= processed.size()) {
      return Error{ErrorKind::kInvalid,
                   "the receipt names partition " + std::to_string(end.partition.value()) + " of " +
                       std::to_string(processed.size()),
                   "pass the receipt as the batch's answer gave it"};
    }
    all = all && processed[end.partition.value()] >= end.end;
  }
  return all;
}

}  // namespace hapax
