// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/view_store.hpp"
#include "published/published_manifest.hpp"

namespace hapax {

/// What partitions say about the tables that they have published, each version read once.
/// Threading: all calls may run at the same time.
class KnownManifests {
 public:
  struct Manifest {
    std::uint64_t version = 0;  ///< 0: nothing was published.
    std::shared_ptr<const PublishedManifest> told = nullptr;
  };

  /// By partition, of the reader's moment. Cost: a read, and one for each that has changed since
  /// the call before. Errors: those of the reader and of decode_published().
  Result<std::vector<Manifest>> of(PartitionsReader& reader);
  /// The same of what was read. Errors: those of decode_published().
  Result<std::vector<Manifest>> of(const std::vector<PublishedPartition>& published);

 private:
  template <typename VersionOf, typename BytesOf>
  Result<std::vector<Manifest>> take(std::size_t count, VersionOf version_of, BytesOf bytes_of);
  std::vector<Manifest> known() const;
  void remember(const std::vector<Manifest>& manifests);

  mutable Mutex mutex_;
  std::vector<Manifest> known_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
