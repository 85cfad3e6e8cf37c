// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hapax {

using Inode = std::uint64_t;

/// One change of a disk, or one promise about changes.
struct DiskOp {
  enum class Kind {
    kWrite,          ///< `bytes` at `position` of `inode`.
    kResize,         ///< `inode` to `position` bytes; what is new is zeros.
    kSync,           ///< Every change of `inode` so far is durable.
    kFailedSync,     ///< They may be, and no later sync says more: their pages are clean.
    kLink,           ///< `path` names `inode`.
    kRename,         ///< `path` becomes `target`.
    kUnlink,         ///< `path` is gone.
    kSyncDirectory,  ///< Every change of a name in `path` so far is durable.
    kOpen,           ///< `path`, which exists, is opened. Changes nothing, so it is in no trace.
  };

  Kind kind;
  Inode inode = 0;
  std::uint64_t position = 0;
  std::string bytes = {};
  std::string path = {};
  std::string target = {};
};

/// Files and names: what processes see, or what a disk holds.
struct DiskImage {
  std::map<std::string, Inode> names;
  std::map<Inode, std::string> contents;

  void apply(const DiskOp& op);
};

/// What a power failure makes of an operation that no sync has covered.
enum class Fate {
  kKept,
  kLost,
  kTorn,  ///< A write of which only some 512-byte sectors are there; other operations: kept.
};

/// In which order changes that no sync covers reach the disk.
enum class DiskOrder {
  kNone,   ///< None: the harshest reading of POSIX.
  kAppend  ///< Names of a directory, and writes of a file, one after the other: what a program that
           ///< only appends may expect of a file system with a journal.
};

/// Everything done to a disk, in order, and what the disk may hold if the power fails at any point:
/// operations that were synced, and any choice of the others, in any mixture, since disks and file
/// systems reorder. Names are as volatile as data: a file that was made and synced, but whose
/// directory was not, may be gone.
class DiskTrace {
 public:
  /// Decides the fate of the n-th operation that is not synced, n from 0.
  using Decide = std::function<Fate(std::size_t unsynced_number)>;
  /// Whether sector n of a torn write is there.
  using KeepsSector = std::function<bool(std::size_t sector)>;

  explicit DiskTrace(DiskImage start) : start_(std::move(start)) {}

  void add(DiskOp op) { ops_.push_back(std::move(op)); }
  std::size_t size() const { return ops_.size(); }
  const std::vector<DiskOp>& ops() const { return ops_; }

  /// How many of the first `count` operations no sync among them covers.
  std::size_t unsynced(std::size_t count) const;
  /// The disk after a power failure behind the first `count` operations.
  DiskImage crash(std::size_t count, DiskOrder order, const Decide& decide,
                  const KeepsSector& keeps_sector) const;

 private:
  std::vector<bool> synced_ops(std::size_t count) const;

  DiskImage start_;
  std::vector<DiskOp> ops_;
};

/// "a/b" of "a/b/c".
std::string directory_of(const std::string& path);

}  // namespace hapax
