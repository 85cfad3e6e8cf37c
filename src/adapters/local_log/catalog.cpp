// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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
    segment->raw_bytes = segment->bytes;
    segment->bytes = bytes;
    segment->lease = std::move(lease);
  }
  claimed_.reset();
  unwanted_ = false;
}

void LogCatalog::drop_raw(std::uint64_t sequence) {
  const MutexLock lock(mutex_);
  if (auto* segment = find(sequence)) {
    segment->raw_bytes = 0;
  }
}

Result<SegmentInfo> LogCatalog::segment_of(std::span<const Receipt::End> start) const {
  const MutexLock lock(mutex_);
  const auto& segments = state_.segments;
  auto behind = segments.end();
  for (const auto& [partition, offset] : start) {
    const auto p = partition.value();
    if (p >= state_.end_offsets.size()) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = fmt::format("there is no partition {}", p)};
    }
    const auto start_of = [p](const SegmentInfo& segment) {
      return segment.header.partitions[p].offset;
    };
    const auto oldest = start_of(segments.front());
    const auto end = state_.end_offsets[p];
    if (offset < oldest || offset > end) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = fmt::format("partition {} holds offsets {} to {}, not {}", p,
                                          oldest.value(), end.value(), offset.value()),
                   .hint = offset < oldest ? "these records are beyond the retention" : ""};
    }
    behind = std::ranges::upper_bound(segments.begin(), behind, offset, {}, start_of);
  }
  return *std::prev(behind);
}

Result<SegmentInfo> LogCatalog::segment(std::uint64_t sequence) const {
  const MutexLock lock(mutex_);
  const auto oldest = state_.segments.front().header.generation.sequence;
  if (sequence < oldest) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("segment {} is beyond the retention; the oldest is {}",
                                        sequence, oldest),
                 .hint = "start again from the retained offsets"};
  }
  return state_.segments[sequence - oldest];
}

SegmentInfo* LogCatalog::find(std::uint64_t sequence) {
  const auto first = state_.segments.front().header.generation.sequence;
  return sequence < first ? nullptr : &state_.segments[sequence - first];
}

}  // namespace hapax
