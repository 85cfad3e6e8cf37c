// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/mutex.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"
#include "testing/disk_trace.hpp"

namespace hapax {

/// A disk in memory that remembers every operation, so that a test can ask what is left of it when
/// the power fails at any point of a run, and can make any operation fail (reliability T1, T3, T5).
/// Directories exist from their creation on and survive; names in them do not without a sync.
/// Threading: all calls may run at the same time. Files must not outlive their storage.
class CrashStorage : public Storage {
 public:
  explicit CrashStorage(DiskImage image = {});

  /// Called before every operation that changes the disk or promises something about it, and before
  /// an existing file is opened, without the storage's lock; may block. A file's operations have
  /// the name that it has then. An error it returns is the operation's: of a write the first half
  /// is done then, of a sync nothing is known, anything else has not happened.
  using BeforeOp = std::function<std::optional<Error>(const DiskOp&)>;
  void before_op(BeforeOp before);

  /// For when nothing runs on the disk.
  const DiskTrace& trace() const { return trace_; }
  DiskImage image() const;

  /// The disk after a power failure behind the first `op_count` operations of the trace.
  /// kept: bit n says whether the n-th operation that is not synced is there.
  DiskImage crash(std::size_t op_count, std::uint64_t kept) const;
  /// The same with a random fate for each, torn writes among them.
  DiskImage crash(std::size_t op_count, Random& random, DiskOrder order = DiskOrder::kNone) const;

  /// Changes stored bytes behind everybody's back: damage. Content of the named file.
  std::string content(const std::string& path) const;
  void set_content(const std::string& path, std::string content);
  /// A sector that the disk cannot read: no read that touches this byte of the file succeeds.
  void make_unreadable(const std::string& path, std::uint64_t position);

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<bool> link(const std::string& from, const std::string& to) override;
  Result<void> unlink(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> create_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::unique_ptr<File>> lock(const std::string& path) override;

 private:
  class CrashFile;
  class LockFile;

  Result<void> perform(DiskOp op);
  std::string name_of(Inode inode, const std::string& former) const;
  void record(DiskOp op);
  std::optional<Inode> find(const std::string& path) const HAPAX_REQUIRES(mutex_);
  bool cannot_read(Inode inode, std::uint64_t position, std::uint64_t count) const
      HAPAX_REQUIRES(mutex_);

  mutable Mutex mutex_;
  BeforeOp before_op_ HAPAX_GUARDED_BY(mutex_);
  DiskImage image_ HAPAX_GUARDED_BY(mutex_);
  DiskTrace trace_ HAPAX_GUARDED_BY(mutex_);
  std::map<Inode, std::set<std::uint64_t>> unreadable_ HAPAX_GUARDED_BY(mutex_);
  std::set<std::string> directories_ HAPAX_GUARDED_BY(mutex_);
  std::set<std::string> locks_ HAPAX_GUARDED_BY(mutex_);
  Inode next_inode_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
