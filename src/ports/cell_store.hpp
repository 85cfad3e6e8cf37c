// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace hapax {

/// A row of what a partition publishes.
struct CellRow {
  std::string key;
  std::string value;
  /// Which of the values of this key it is: a later one has a greater version. Equal versions of a
  /// key have equal values.
  std::uint64_t version = 0;
};

/// Of what a partition has published.
struct PublishedProgress {
  std::uint64_t version =
      0;  ///< Rows of versions up to this are there, or later ones of their key.
  std::string value;
};

/// Where readers find what partitions have counted, such as tables of PostgreSQL. What is older
/// never takes the place of what is newer, in whatever order it comes. After kUnavailable it is not
/// known what became of a call. Callbacks as those of ObjectStore. Threading: one owner.
class CellStore {
 public:
  using Done = std::function<void(Result<void>)>;
  using Read = std::function<void(Result<std::optional<PublishedProgress>>)>;

  virtual ~CellStore() = default;

  /// Each row stands, unless one of its key with a greater version does.
  virtual void write_rows(PartitionId partition, std::vector<CellRow> rows, Done done) = 0;
  /// It stands, unless one of a greater version does.
  virtual void write_progress(PartitionId partition, PublishedProgress progress, Done done) = 0;
  /// Nothing when none was written.
  virtual void read_progress(PartitionId partition, Read done) = 0;
};

}  // namespace hapax
