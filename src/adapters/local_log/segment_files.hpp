// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/local_log/format.hpp"
#include "adapters/local_log/settings.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// The files of a log: makes, activates, retires and recycles them. A file's space is allocated and
/// written once before use, since the first sync of blocks that were only allocated has to commit
/// the file system's journal. Threading: all calls may run at the same time; activate() and
/// retire() come from one thread, recycle() from one.
class SegmentFiles {
 public:
  SegmentFiles(const LocalLogSettings& settings, Storage& storage)
      : settings_(settings), storage_(storage) {}

  struct Active {
    std::string path;
    std::unique_ptr<File> file;
  };
  /// A spare that holds the header of a segment, durable, but has not its name yet.
  struct Staged {
    std::string spare;
    std::unique_ptr<File> file;
    log_format::SegmentHeader header;  ///< With the size of the file.
  };

  /// Finds the spares that earlier runs left, removes files that an earlier run did not finish.
  Result<void> open();

  /// Removes twins that open() found beside their raw files. As long as a raw file has its name
  /// nothing was written over it, while nobody knows how far the twin had come.
  Result<void> remove_doubled();

  /// Makes one spare file unless there is one. Takes tens of milliseconds.
  /// Errors: kExhausted, disk full, nothing is left behind.
  Result<void> prepare();

  /// Writes `header` into a spare, which is prepared first if there is none. Nothing of the log has
  /// changed, whatever this returns: after kExhausted it may be tried again.
  Result<Staged> stage(log_format::SegmentHeader header);

  /// Gives a staged segment its name, durable when this returns. Errors: kExhausted, it has none
  /// and the log has not changed; anything else: whether it has is unknown, also after a restart.
  Result<Active> activate(Staged& staged);

  /// Takes a segment out of the log, the raw file and the twin. A raw file becomes a spare, or goes
  /// when there are enough or it has another size than new ones; it also goes when the segment has
  /// a twin, for then it may have readers. After an error call it again, also when the segment's
  /// name is gone already.
  Result<void> retire(const std::string& path, std::uint64_t bytes);

  /// Takes the raw file of a compressed segment, `bytes` long, which nobody reads any more, and
  /// makes a spare of it or removes it as above. It does not hold up who stages. After an error
  /// call it again.
  Result<void> recycle(const std::string& raw_path, std::uint64_t bytes);

  std::size_t spare_count() const;
  std::uint64_t recycled_count() const;

 private:
  std::string path_of(const std::string& name) const { return settings_.directory + "/" + name; }
  Result<void> fill(File& file) const;
  static Result<void> write_header(File& file, const log_format::SegmentHeader& header);
  void forget(const std::string& spare);
  Result<void> take_away(const std::string& raw_path, std::uint64_t bytes);
  Result<void> remove_if_there(const std::string& path);
  Result<void> sync_names();

  const LocalLogSettings settings_;
  Storage& storage_;
  Mutex prepare_mutex_;  ///< One prepare() at a time.
  mutable Mutex mutex_;
  std::vector<std::string> spares_ HAPAX_GUARDED_BY(mutex_);  ///< Paths.
  /// Spares whose former name may come back with a power failure: not to be written to yet.
  std::vector<std::string> unsynced_spares_ HAPAX_GUARDED_BY(mutex_);
  std::vector<std::string> doubled_ HAPAX_GUARDED_BY(mutex_);  ///< Paths of twins.
  std::uint64_t next_spare_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::uint64_t recycled_ HAPAX_GUARDED_BY(mutex_) = 0;
};

}  // namespace hapax
