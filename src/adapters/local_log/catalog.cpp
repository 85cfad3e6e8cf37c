// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/catalog.hpp"

#include "adapters/local_log/segment_open.hpp"

namespace hapax {

std::optional<LogCatalog::Claimed> LogCatalog::claim(const std::set<std::uint64_t>& except) {
  const MutexLock lock(mutex_);
  const auto& segments = state_.segments;
  if (segments.empty() || segments.back().header.version < log_format::kTwinsSinceVersion) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    const auto& header = segments[i].header;
    const auto sequence = header.generation.sequence;
    if (is_twin(segments[i].path) || except.contains(sequence) || sequence == given_up_) {
      continue;
    }
    Claimed claimed{.segment = segments[i],
                    .content_bytes = segments[i + 1].header.previous_end +
                                     log_format::seal_bytes(header.partitions.size())};
    claimed_ = sequence;
    unwanted_ = false;
    return claimed;
  }
  return std::nullopt;
}

void LogCatalog::release() {
  const MutexLock lock(mutex_);
  claimed_.reset();
  unwanted_ = false;
}

void LogCatalog::replace_claimed(std::string path, std::uint64_t bytes) {
  auto lease = make_lease();
  const MutexLock lock(mutex_);
  if (auto* segment = claimed_ ? find(*claimed_) : nullptr) {
    segment->path = std::move(path);
    segment->bytes = bytes;
    segment->lease = std::move(lease);
  }
  claimed_.reset();
  unwanted_ = false;
}

void LogCatalog::set_bytes(std::uint64_t sequence, std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  if (auto* segment = find(sequence)) {
    segment->bytes = bytes;
  }
}

SegmentInfo* LogCatalog::find(std::uint64_t sequence) {
  const auto first = state_.segments.front().header.generation.sequence;
  return sequence < first ? nullptr : &state_.segments[sequence - first];
}

}  // namespace hapax
