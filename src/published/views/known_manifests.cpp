// SPDX-License-Identifier: Apache-2.0
#include "published/views/known_manifests.hpp"

#include <algorithm>
#include <utility>

namespace hapax {

using Manifest = KnownManifests::Manifest;

Result<std::vector<Manifest>> KnownManifests::of(PartitionsReader& reader) {
  HAPAX_ASSIGN(const std::vector<std::uint64_t> versions, reader.versions());
  return take(
      versions.size(), [&](std::size_t i) { return versions[i]; },
      [&](std::size_t i) { return reader.manifest(PartitionId(static_cast<std::uint32_t>(i))); });
}

Result<std::vector<Manifest>> KnownManifests::of(const std::vector<PublishedPartition>& published) {
  return take(
      published.size(), [&](std::size_t i) { return published[i].version; },
      [&](std::size_t i) -> Result<std::string> { return published[i].manifest; });
}

/// Decodes those that are not known.
template <typename VersionOf, typename BytesOf>
Result<std::vector<Manifest>> KnownManifests::take(std::size_t count, VersionOf version_of,
                                                   BytesOf bytes_of) {
  std::vector<Manifest> manifests = known();
  manifests.resize(count);
  bool is_new = false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t version = version_of(i);
    if (manifests[i].version == version) {
      continue;
    }
    manifests[i] = {.version = version};
    if (version > 0) {
      HAPAX_ASSIGN(const std::string bytes, bytes_of(i));
      HAPAX_ASSIGN(PublishedManifest told, decode_published(bytes));
      manifests[i].told = std::make_shared<const PublishedManifest>(std::move(told));
    }
    is_new = true;
  }
  if (is_new) {
    remember(manifests);
  }
  return manifests;
}

std::vector<Manifest> KnownManifests::known() const {
  const MutexLock lock(mutex_);
  return known_;
}

/// A read of an older moment may come later.
void KnownManifests::remember(const std::vector<Manifest>& manifests) {
  const MutexLock lock(mutex_);
  known_.resize(std::max(known_.size(), manifests.size()));
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    if (manifests[i].version > known_[i].version) {
      known_[i] = manifests[i];
    }
  }
}

}  // namespace hapax
