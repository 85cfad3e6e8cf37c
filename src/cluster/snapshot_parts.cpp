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
  if (is_known(part.as_of)) {
    return false;
  }
  Unfinished& snapshot = unfinished_[part.nonce];
  snapshot.as_of = part.as_of;
  snapshot.count = part.count;
  snapshot.parts[part.index] = part.bytes;
  if (snapshot.parts.size() < snapshot.count) {
    return false;
  }
  ControlSnapshot whole{.as_of = snapshot.as_of};
  for (const auto& [index, bytes] : snapshot.parts) {
    whole.bytes += bytes;
  }
  const bool is_newest = !newest_ || whole.as_of > newest_->as_of;
  if (is_newest) {
    former_ = std::exchange(newest_, std::move(whole));
  } else {
    former_ = std::move(whole);
  }
  std::erase_if(unfinished_, [&](const auto& one) { return is_known(one.second.as_of); });
  return is_newest;
}

/// It would be neither the newest nor the one before.
bool SnapshotParts::is_known(Offset as_of) const {
  return (newest_ && as_of == newest_->as_of) || (former_ && as_of <= former_->as_of);
}

}  // namespace hapax
