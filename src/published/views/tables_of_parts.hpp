// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "ports/view_store.hpp"
#include "published/hot_update.hpp"
#include "published/sum_of_partitions.hpp"
#include "published/views/hot_partition.hpp"
#include "published/views/known_manifests.hpp"

namespace hapax {

/// What owners have told of each partition, at one moment.
using HotMoment = std::shared_ptr<const std::vector<std::vector<HotTold>>>;

/// How far partitions are.
struct PartsNow {
  /// Books of collectors and missed duplicates are as published: those who own a partition one
  /// after the other may know less of them than was said.
  std::vector<SaidOfPartition> partitions;
  HotMoment hot;                ///< For snapshot().
  bool is_provisional = false;  ///< Of a partition it is what its owner has told, and not stored.
  std::size_t untold = 0;       ///< Partitions of which HotPartition::is_untold().
};

/// The tables of partitions as those are to be read who make rows of them: what is published, and
/// over it what owners have told since.
/// Threading: all calls may run at the same time. Lifetime: `reader` must outlive it.
class TablesOfParts {
 public:
  explicit TablesOfParts(ViewStoreReader& reader) : reader_(reader) {}

  /// What the owner of a partition has told. False: it is of no use, its owner has to begin anew.
  /// Errors: those of decode_published().
  Result<bool> take(const HotUpdate& update);

  /// Errors: those of ViewStoreReader::published() and of decode_published().
  Result<PartsNow> now();

  /// As ViewStoreReader::snapshot(), with what was `hot` then, where that is ahead of what is
  /// stored at the moment of a read; but for the cells of a view that any partition has dropped
  /// then (PublishedView::living_from): others may have theirs still, which alone are no cells.
  std::shared_ptr<const StateSnapshot> snapshot(HotMoment hot) const;

 private:
  /// What was said of a partition last.
  struct Said {
    std::uint64_t number = 0;
    std::uint64_t version = 0;
    std::uint64_t epoch = 0;  ///< 0: what is stored.
    std::uint64_t update = 0;
  };

  SaidOfPartition say(std::size_t partition, const KnownManifests::Manifest& stored,
                      const HotTold* hot) HAPAX_REQUIRES(mutex_);

  ViewStoreReader& reader_;
  const std::shared_ptr<KnownManifests> manifests_ = std::make_shared<KnownManifests>();
  Mutex mutex_;
  std::vector<HotPartition> hot_ HAPAX_GUARDED_BY(mutex_);
  std::vector<Said> said_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
