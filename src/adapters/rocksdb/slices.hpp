// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/slice.h>

#include <string_view>

namespace hapax {

// RocksDB's views of bytes and ours. They point to the same bytes.

inline rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace hapax
