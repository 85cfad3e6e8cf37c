// SPDX-License-Identifier: Apache-2.0
#include "cluster/log_trimmer.hpp"

#include <algorithm>

namespace hapax {

void LogTrimmer::trim(Offset needed, ProcessingTime old) {
  if (is_busy_ || needed <= start_) {
    return;
  }
  is_busy_ = true;
  topic_.first_since(partition_, old, [this, needed](const Result<Offset>& since) {
    is_busy_ = false;
    if (since) {
      delete_before(std::min(needed, *since));
    }
  });
}

void LogTrimmer::delete_before(Offset start) {
  if (start <= start_) {
    return;
  }
  is_busy_ = true;
  topic_.delete_before(partition_, start, [this, start](const Result<void>& done) {
    is_busy_ = false;
    if (done) {
      start_ = start;
    }
  });
}

}  // namespace hapax
