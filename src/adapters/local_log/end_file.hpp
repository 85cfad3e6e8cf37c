// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/local_log/format.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// How far a log was durable at some moment.
struct DurableEnd {
  log_format::Generation generation;  ///< Of the last segment.
  std::uint64_t position = 0;         ///< In it, behind the last frame.
  std::vector<Offset> offsets;        ///< By partition.

  friend bool operator==(const DurableEnd&, const DurableEnd&) = default;
};

/// How many records lie between what `partitions` have come to and `end`.
std::uint64_t missing_records(const DurableEnd& end, const std::vector<PartitionStart>& partitions);

/// The file "end" of a log's folder: a witness of the durable end beside the segments, written now
/// and then. It has two places that are written in turn, so that a crash leaves one of them.
/// Format: docs/formats/log.md. Threading: write() from one thread at a time.
class EndFile {
 public:
  /// Opens the file or makes it. Errors: kCorrupt, neither place can be read; those of the disk.
  static Result<std::unique_ptr<EndFile>> open(const std::string& directory, Storage& storage);

  /// What the file of a folder says; nothing if there is none. Errors: as open().
  static Result<std::optional<DurableEnd>> read(const std::string& directory, Storage& storage);

  /// What it said when it was opened.
  const std::optional<DurableEnd>& found() const { return found_; }

  /// Durable when it returns. After an error the former one stands.
  Result<void> write(const DurableEnd& end);

 private:
  explicit EndFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<void> load(const std::string& path);

  const std::unique_ptr<File> file_;
  std::optional<DurableEnd> found_;
  std::uint64_t number_ = 0;  ///< Of the newest that is durable; it is in place number_ % 2.
};

}  // namespace hapax
