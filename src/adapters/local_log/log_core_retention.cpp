// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "adapters/local_log/log_core.hpp"

namespace hapax {
namespace {

/// Whether a claim keeps the segment before `next`, with which the log has so many bytes.
bool is_held(std::span<const RetentionClaim> claims, const log_format::SegmentHeader& next,
             std::uint64_t bytes) {
  return std::ranges::any_of(claims, [&](const RetentionClaim& claim) {
    return !is_released(next, claim.released) && bytes <= claim.bytes_limit.value_or(bytes);
  });
}

}  // namespace

Result<void> LogCore::retain(std::span<const RetentionClaim> claims) {
  HAPAX_TRY(finish_retiring());
  auto bytes = catalog_.bytes();
  for (auto next = catalog_.second_header(); next && !claims.empty();
       next = catalog_.second_header()) {
    if (is_held(claims, *next, bytes) || !is_over(retention_limits(), *next, bytes)) {
      break;
    }
    leaving_ = catalog_.drop_first_segment();
    if (!leaving_) {
      break;  // It is being compressed, which ends soon.
    }
    bytes -= std::min(bytes, leaving_->disk_bytes());
    HAPAX_TRY(finish_retiring());
  }
  return {};
}

RetentionLimits LogCore::retention_limits() const {
  return {.created_after = clock_.now() - settings_.retention_age,
          .bytes = settings_.retention_bytes};
}

std::vector<Offset> LogCore::over_retention() const {
  return catalog_.over(retention_limits());
}

// One at a time and in order: a hole in the sequence would be taken for a lost file.
Result<void> LogCore::finish_retiring() {
  if (leaving_) {
    HAPAX_TRY(files_.retire(leaving_->path, leaving_->bytes));
    leaving_.reset();
  }
  return {};
}

}  // namespace hapax
