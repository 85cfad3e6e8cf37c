// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "adapters/local_log/catalog.hpp"
#include "adapters/local_log/segment_scan.hpp"
#include "ports/log_source.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Reads the log in the order of its appends, across partitions: the local log has this total
/// order, other adapters need not. Bounded by what the catalog says is durable. Threading: one
/// owner. Lifetime: catalog and storage must outlive it.
class SegmentReader : public LogReader {
 public:
  /// Starts at the segments that hold `start`. Errors: kInvalid, an offset is not retained any more
  /// or not there yet.
  static Result<std::unique_ptr<SegmentReader>> open(std::span<const Receipt::End> start,
                                                     const LogCatalog& catalog, Storage& storage);

  /// The batches of whole frames, of one at least, whatever `bytes_max` says: frames are bounded by
  /// the group size. Of more only as long as they are in memory.
  Result<std::span<const LogBatch>> poll(std::size_t bytes_max) override;

 private:
  /// What a poll gives, and what it is in.
  struct Polled {
    std::vector<LogBatch> batches = {};
    std::vector<RecentFrames::Found> memory = {};  ///< Frames that are read from memory,
    std::size_t bytes = 0;                         ///< which are so many bytes.

    void clear() {
      batches.clear();
      memory.clear();
      bytes = 0;
    }
  };

  SegmentReader(const LogCatalog& catalog, Storage& storage, std::size_t partition_count)
      : catalog_(catalog), storage_(storage), from_(partition_count) {}

  Result<void> go_to(const SegmentInfo& segment);
  Result<void> check_start(const SegmentInfo& segment) const;
  Result<std::span<const LogBatch>> read(const LogPosition& end, std::size_t bytes_max);
  Result<bool> read_frame(const LogPosition& end);
  Result<bool> read_recent_frame(const LogPosition& end);
  Result<void> take_frame(FrameScanner::Frame frame);
  Result<void> take_batch(const LogBatch& batch, std::uint64_t position);

  const LogCatalog& catalog_;
  Storage& storage_;
  std::vector<std::optional<Offset>> from_;  ///< By partition; nothing: not asked for.
  std::vector<Offset> at_;                   ///< By partition: where the next batch must begin.
  std::optional<Error> failure_;             ///< Nothing is read behind it.
  std::string path_;
  std::shared_ptr<const void> lease_;  ///< On the file.
  std::unique_ptr<File> file_;
  std::uint64_t sequence_ = 0;
  std::optional<FrameScanner> scanner_;
  bool sealed_ = false;  ///< The last frame was a seal.
  Polled polled_;
};

}  // namespace hapax
