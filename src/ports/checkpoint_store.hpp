#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace hapax {

/// A group of ids that arrived one after the other (stream/dedup_index.hpp). Never reused.
using BucketId = StrongId<struct BucketTag, std::uint32_t>;

/// What dedup remembers of an event: its id, and a hash of its content to tell a retry from another
/// event under the same id.
struct SeenId {
  Hash128 id;
  std::uint64_t content = 0;

  friend bool operator==(const SeenId&, const SeenId&) = default;
};

/// Exact ids by bucket, as dedup looks them up.
/// Threading: all calls may run at the same time, also while a checkpoint is written.
class IdStore {
 public:
  using Visit = std::function<void(const SeenId&)>;

  virtual ~IdStore() = default;

  /// The content hash stored with `id` in `bucket`. Cost: a disk read at worst, so ask a filter
  /// first. Errors: kUnavailable, kCorrupt.
  virtual Result<std::optional<std::uint64_t>> find_id(BucketId bucket, const Hash128& id) = 0;
  /// Every id of `bucket`, in any order. Errors: as find_id.
  virtual Result<void> scan_ids(BucketId bucket, const Visit& visit) = 0;
  /// The filter stored with `bucket`. Errors: as find_id; kCorrupt when there is none.
  virtual Result<std::string> filter(BucketId bucket) = 0;
};

/// Cells by key, in key order; keys and values are the view's own encoding.
/// Threading: as IdStore.
class CellStore {
 public:
  /// Returns false to end the scan.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;

  virtual ~CellStore() = default;

  /// Errors: kUnavailable, kCorrupt.
  virtual Result<std::optional<std::string>> find_cell(std::string_view key) = 0;
  /// Cells with from <= key < to. Errors: as find_cell.
  virtual Result<void> scan_cells(std::string_view from, std::string_view to,
                                  const Visit& visit) = 0;
};

/// What a checkpoint changes, and the position in the log that it stands for.
struct Checkpoint {
  struct Run {
    BucketId bucket;
    std::vector<SeenId> ids;  ///< Ascending and distinct.
  };
  struct Filter {
    BucketId bucket;
    std::string bytes;
  };
  struct StoredCell {
    std::string key;
    std::string value;
  };

  std::string meta;                    ///< Everything else, offsets included: replaces the former.
  std::vector<StoredCell> cells;       ///< Ascending and distinct keys; replace the former values.
  std::vector<Run> runs;               ///< At most one a bucket; added to what the bucket holds.
  std::vector<Filter> filters;         ///< Each once, when its bucket is complete.
  std::vector<BucketId> live_buckets;  ///< All others are dropped, now or at a later write.
};

struct CheckpointStoreStats {
  std::uint64_t disk_bytes = 0;
  std::uint64_t cache_bytes = 0;
};

/// The processor's state on stable storage.
/// Threading: one write() at a time; reads as IdStore and CellStore say.
class CheckpointStore : public IdStore, public CellStore {
 public:
  /// Makes `checkpoint` durable, all of it or nothing, whatever happens in between; readers see
  /// none of it before it is durable (reliability row 37). May be called again with the same
  /// checkpoint after an error.
  /// Errors: kExhausted, disk full, retry after freeing space; kUnavailable, I/O error. After an
  /// error either the former or this checkpoint is what a restart finds.
  virtual Result<void> write(const Checkpoint& checkpoint) = 0;

  /// The meta of the last checkpoint; empty before the first. Errors: kUnavailable, kCorrupt.
  virtual Result<std::optional<std::string>> meta() = 0;

  virtual CheckpointStoreStats stats() const = 0;
};

}  // namespace hapax
