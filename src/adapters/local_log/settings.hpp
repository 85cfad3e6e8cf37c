// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"

namespace hapax {

struct LocalLogSettings {
  std::string directory = "data/log";
  std::uint32_t partition_count = 4;  ///< 1 to 64; fixed when the directory is made.
  std::uint64_t key_id = 0;           ///< Of the key behind the digests, 0: none; fixed like that.
  std::uint64_t segment_bytes = 64U << 20U;    ///< Of new files; a multiple of 4096.
  std::size_t queue_bytes_limit = 64U << 20U;  ///< Records waiting; over it append() refuses.
  std::size_t group_bytes_max = 4U << 20U;     ///< Where a group commit takes no more appends.
  std::size_t append_bytes_limit = 32U << 20U;
  std::chrono::milliseconds retention_age = std::chrono::hours(24 * 30);
  std::uint64_t retention_bytes = std::uint64_t{32} << 30U;
  std::chrono::milliseconds retention_interval =
      std::chrono::seconds(10);  ///< Also without appends.
  std::size_t spares_max = 2;    ///< Retired segments kept for use; more are removed.
  bool compress = true;          ///< Sealed segments, in the background.
  std::chrono::milliseconds compress_interval =
      std::chrono::seconds(1);  ///< Between two looks for one, when there was none.
};

/// Since the start.
struct CompressionStats {
  std::uint64_t segments = 0;
  std::uint64_t raw_bytes = 0;   ///< Of their files before,
  std::uint64_t twin_bytes = 0;  ///< and after.
  std::uint64_t failures = 0;
  std::string error = {};  ///< Why a segment is raw that should not be; empty: none is.
};

struct SubscriberStats {
  std::string name;
  std::vector<Offset> released;  ///< By partition.
  std::optional<std::uint64_t> retained_bytes_limit = {};
  std::uint64_t held_bytes = 0;    ///< Of the files from its first unreleased record on.
  std::uint64_t lost_records = 0;  ///< Dropped before it released them: it was over its limit.
};

struct LogStats {
  std::uint64_t appended_records = 0;
  std::uint64_t appended_bytes = 0;  ///< Frames, with their headers and padding.
  std::uint64_t groups = 0;
  std::uint64_t syncs = 0;
  std::chrono::nanoseconds sync_time{};
  std::chrono::nanoseconds sync_time_max{};
  std::uint64_t refused_appends = 0;
  std::uint64_t queue_bytes = 0;  ///< Now.
  std::uint64_t segments = 0;     ///< Now; with records.
  std::uint64_t spares = 0;       ///< Now.
  std::uint64_t retained_bytes = 0;
  std::uint64_t recycled = 0;
  std::uint64_t retention_failures = 0;
  std::uint64_t rolls = 0;
  std::vector<SubscriberStats> subscribers = {};
  std::uint64_t end_failures = 0;  ///< Writes of the durable end that failed.
  CompressionStats compression = {};
};

}  // namespace hapax
