// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/rocksdb_errors.hpp"

#include <fmt/format.h>

namespace hapax {

Error from_rocksdb(const rocksdb::Status& status, std::string_view doing) {
  std::string message = fmt::format("cannot {} the state store: {}", doing, status.ToString());
  if (status.IsNoSpace()) {
    return {ErrorKind::kExhausted, std::move(message), "free disk space"};
  }
  if (status.IsCorruption()) {
    return {ErrorKind::kCorrupt, std::move(message),
            "remove the state folder to rebuild it from the log"};
  }
  return {ErrorKind::kUnavailable, std::move(message),
          "check the disk and that no other process "
          "has the state folder open"};
}

}  // namespace hapax
