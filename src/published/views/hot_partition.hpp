// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "published/hot_update.hpp"
#include "published/published_manifest.hpp"
#include "views/runtime/cell_rows.hpp"
#include "views/runtime/run_stack.hpp"

namespace hapax {

/// How far a partition is, as a manifest says. Places are compared of one log.
struct ToldPlace {
  Offset counted = {};
  ProcessingTime complete = ProcessingTime::min();

  friend auto operator<=>(const ToldPlace&, const ToldPlace&) = default;
};
ToldPlace place_of(const PublishedManifest& manifest);

/// Rows that were told together, by table; those whose value is empty are gone.
struct HotRows {
  std::map<std::string, CellRows, std::less<>> tables = {};
  ToldPlace place = {};   ///< They are as they were there.
  std::size_t bytes = 0;  ///< Of keys and values.

  std::size_t size() const;
  static HotRows merge(const HotRows& older, const HotRows& newer);
};

/// What one owner has told of a partition without a gap: over what is stored as of `since` or
/// later, the partition as it is at `place`. Threading: as a value; what it points to does not
/// change.
struct HotTold {
  std::uint64_t life = 0;
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;  ///< Of its last update.
  Offset since = {};
  ToldPlace place = {};
  std::shared_ptr<const PublishedManifest> manifest = nullptr;
  RunStack<HotRows> rows = {};
};

/// The one that is to be laid over stored tables that are as of `stored`, counted of `log`: whose
/// place there is the greatest, and greater than that. Null: none.
const HotTold* find_hot(const std::vector<HotTold>& told, const ToldPlace& stored, LogId log);

/// What owners have told of one partition. What was said of one that is no more stays until what is
/// stored, or another one has told, is as far: so nobody who reads it sees a number go back. Of
/// that which is stored rows are let go. Threading: one owner.
class HotPartition {
 public:
  /// Of the rows of one owner; what would be more is not taken.
  static constexpr std::size_t kBytesMax = std::size_t{64} << 20U;
  /// Owners, and beginnings of one, side by side; no further one is taken.
  static constexpr std::size_t kToldMax = 4;

  explicit HotPartition(std::size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  /// False: it is of no use, as one before it is missing, or there is too much: its owner has to
  /// begin anew. Errors: those of decode_published(); kCorrupt, it is of another partition.
  Result<bool> take(const HotUpdate& update);
  /// What is stored is as of `stored` now, counted of `log`. Where that is less than it was, the
  /// store is another one, or an older copy: nothing that was told is known to go with it.
  void pass(const ToldPlace& stored, LogId log);

  const std::vector<HotTold>& told() const { return told_; }
  /// The newest owner that was heard tells nothing now: too much is not kept.
  bool is_untold() const { return is_untold_; }

 private:
  std::vector<HotTold>::iterator find_before(const HotUpdate& update);
  void hear(const HotUpdate& update);
  bool is_needless(const HotTold& one, const ToldPlace& stored, LogId log) const;

  const std::size_t bytes_max_;
  std::vector<HotTold> told_;  // In the order of their beginnings.
  ToldPlace passed_;
  std::uint64_t heard_epoch_ = 0;
  bool is_untold_ = false;
};

}  // namespace hapax
