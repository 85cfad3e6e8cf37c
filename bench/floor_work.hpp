// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/recycled_file.hpp"
#include "core/result.hpp"

struct libdeflate_decompressor;

namespace hapax::bench {

/// The least that must be done with a batch of events before it may be acknowledged: gunzip it,
/// find message id, name, time and user of each event, checksum the bytes, write them, sync.
/// Nothing is checked beyond what the parser does by itself, nothing is kept, nothing is counted.
/// Threading: one owner.
class FloorWork {
 public:
  static constexpr std::size_t kGroupBytes = 1U << 20U;
  static constexpr std::size_t kBodyBytesMax = 4U << 20U;

  /// `file` must outlive it.
  explicit FloorWork(RecycledFile& file);

  /// Adds one body (at most kBodyBytesMax of JSON) to the group; returns its number of events.
  /// Errors: kInvalid, not what `hapax bench` sends; kUnavailable, a full group was not written.
  Result<std::size_t> take(std::string_view body, bool gzip);

  /// Writes the group, padded to whole pages, and syncs it.
  Result<void> sync();

  /// Depends on all that was read, so that no compiler leaves the reading out.
  std::uint64_t checksum() const { return checksum_; }

 private:
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const;
  };

  Result<std::size_t> copy(std::string_view body, bool gzip);
  Result<std::size_t> parse(std::string_view json, std::size_t capacity);

  RecycledFile& file_;
  std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
  simdjson::ondemand::parser parser_;
  std::vector<char> group_;
  std::size_t used_ = 0;
  std::uint64_t checksum_ = 0;
};

}  // namespace hapax::bench
