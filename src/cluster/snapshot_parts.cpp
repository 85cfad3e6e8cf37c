// SPDX-License-Identifier: Apache-2.0
#include "cluster/snapshot_parts.hpp"

#include <algorithm>
#include <utility>

namespace hapax {

std::vector<SnapshotPart> parts_of(const ControlSnapshot& snapshot, std::uint64_t nonce,
                                   std::size_t part_bytes_max) {
  std::vector<SnapshotPart> parts;
  for (std::size_t from = 0; from < snapshot.bytes.size(); from += part_bytes_max) {
    parts.push_back({.as_of = snapshot.as_of,
                     .nonce = nonce,
                     .index = static_cast<std::uint32_t>(parts.size()),
                     .bytes = snapshot.bytes.substr(from, part_bytes_max)});
  }
  for (SnapshotPart& part : parts) {
    part.count = static_cast<std::uint32_t>(parts.size());
  }
  return parts;
}

bool SnapshotParts::add(const SnapshotPart& part) {
  if (newest_ && part.as_of <= newest_->as_of) {
    return false;
  }
  Unfinished& snapshot = unfinished_[part.nonce];
  snapshot.as_of = part.as_of;
  snapshot.count = part.count;
  snapshot.parts[part.index] = part.bytes;
  if (snapshot.parts.size() < snapshot.count) {
    return false;
  }
  newest_ = ControlSnapshot{.as_of = snapshot.as_of};
  for (const auto& [index, bytes] : snapshot.parts) {
    newest_->bytes += bytes;
  }
  std::erase_if(unfinished_, [&](const auto& one) { return one.second.as_of <= newest_->as_of; });
  return true;
}

}  // namespace hapax
