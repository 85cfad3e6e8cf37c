// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/local_log/catalog.hpp"
#include "adapters/local_log/segment_files.hpp"
#include "adapters/local_log/settings.hpp"
#include "adapters/local_log/twin_format.hpp"
#include "ports/clock.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Puts compressed twins in the place of a log's sealed segments. Tests drive it call by call;
/// LocalLog drives it from a thread of its own. Nothing of it is on the way of an append.
/// Durability: a raw file goes only when the twin is synced, was read back and compared, and has
/// its name, all of it durable, and when nobody reads the raw one any more.
/// Threading: one owner. Lifetime: catalog, files, storage and clock must outlive it.
class SegmentCompressor {
 public:
  /// Runs what takes time, and returns when it is done: at a lower priority, say.
  using Run = std::function<void(const std::function<void()>& task)>;

  /// How long what failed is left alone.
  static constexpr std::chrono::minutes kRetryAfter{1};

  SegmentCompressor(
      std::string directory, LogCatalog& catalog, SegmentFiles& files, Storage& storage,
      const Clock& clock, Run run = [](const auto& task) { task(); });

  enum class Outcome {
    kNothingToDo,
    kCompressed,
    kStopped,  ///< `stopped` said so, or retention wants the segment; it is as it was.
  };

  /// Compresses the oldest raw segment that is sealed, and of which no attempt has failed within
  /// kRetryAfter. Errors, the log is as it was: kExhausted, no space or no memory, and none is
  /// tried within kRetryAfter; those of the disk; kCorrupt, the raw segment or what was written
  /// cannot be read back.
  Result<Outcome> compress_next(const std::function<bool()>& stopped = [] { return false; });

  /// Takes away raw files that nobody reads any more. Errors: one could not be; it is tried again
  /// by a call after kRetryAfter.
  Result<void> recycle_raw();
  bool has_raw_left() const { return !left_.empty(); }

  CompressionStats stats() const;

 private:
  struct RawLeft {
    std::string path;
    std::uint64_t bytes = 0;
    std::uint64_t sequence = 0;
    std::weak_ptr<const void> readers;
  };

  struct Failed {
    std::string error;
    std::chrono::nanoseconds again_at;
  };

  std::set<std::uint64_t> left_alone();
  Failed failed(const Error& error);
  Result<bool> compress(const LogCatalog::Claimed& claimed, const std::function<bool()>& stopped);
  Result<void> put_in_place(const LogCatalog::Claimed& claimed, std::uint64_t twin_bytes);

  const std::string directory_;
  LogCatalog& catalog_;
  SegmentFiles& files_;
  Storage& storage_;
  const Clock& clock_;
  const Run run_;
  std::map<std::uint64_t, Failed> failed_;                ///< By sequence.
  std::optional<std::chrono::nanoseconds> paused_until_;  ///< There was no space, or no memory.
  std::optional<Failed> failed_to_recycle_;
  std::vector<RawLeft> left_;
  CompressionStats stats_;
};

}  // namespace hapax
