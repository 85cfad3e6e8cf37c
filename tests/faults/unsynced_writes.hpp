// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "core/mutex.hpp"

namespace hapax {

/// What files held before the writes that no sync has made durable yet, so that a failed sync can
/// take them back: file systems mark the pages of a failed sync clean, and when they are evicted
/// the old content of the disk is all there is (fsyncgate; Rebello et al., ATC 2020).
/// A file is its inode, whatever it is named and however many descriptors it has.
/// Threading: all calls may run at the same time, except writes of one file.
class UnsyncedWrites {
 public:
  /// Keeps the `count` bytes at `position` and the file's size; called before they change.
  void remember(int descriptor, off_t position, std::size_t count);

  /// After a sync: what was written is durable.
  void forget(int descriptor);

  /// Puts content and size back to what they were at the last sync.
  void lose(int descriptor);

 private:
  using Inode = std::pair<dev_t, ino_t>;
  struct Former {
    off_t position = 0;
    std::vector<std::byte> bytes;
  };
  struct File {
    int descriptor = -1;  ///< Our own, readable and writable, whatever the program's is.
    off_t size = 0;
    std::vector<Former> former;  ///< Oldest first.
  };

  Mutex mutex_;
  std::map<Inode, File> files_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
