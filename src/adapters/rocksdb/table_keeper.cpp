// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/table_keeper.hpp"

#include <string_view>
#include <utility>

namespace hapax {

void TableKeeper::hold() {
  const MutexLock lock(mutex_);
  holding_ = true;
}

std::vector<std::string> TableKeeper::end_holding() {
  const MutexLock lock(mutex_);
  holding_ = false;
  return std::exchange(held_, {});
}

void TableKeeper::release() {
  for (const std::string& path : end_holding()) {
    // What stays is deleted when the database is opened the next time.
    target()->DeleteFile(path, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
  }
}

void TableKeeper::forget() {
  end_holding();
}

rocksdb::IOStatus TableKeeper::DeleteFile(const std::string& path,
                                          const rocksdb::IOOptions& options,
                                          rocksdb::IODebugContext* debug) {
  {
    const MutexLock lock(mutex_);
    if (holding_ && std::string_view(path).ends_with(".sst")) {
      held_.push_back(path);
      return rocksdb::IOStatus::OK();
    }
  }
  return target()->DeleteFile(path, options, debug);
}

}  // namespace hapax
