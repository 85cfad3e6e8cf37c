// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/status.h>

#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// The one place where RocksDB's statuses become errors. `doing` says what failed: "write".
Error from_rocksdb(const rocksdb::Status& status, std::string_view doing);

inline Result<void> check_rocksdb(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) {
    return {};
  }
  return from_rocksdb(status, doing);
}

}  // namespace hapax
