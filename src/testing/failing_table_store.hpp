// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "testing/memory_state_store.hpp"

namespace hapax {

/// A store of which one table may be out of reach, and no other, also not one whose name goes on
/// (MemoryStateStore::fail_reads() is by prefix). Counts its scans.
class FailingTableStore : public MemoryStateStore {
 public:
  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    HAPAX_TRY(check(table));
    return MemoryStateStore::find(table, key);
  }
  Result<void> scan(std::string_view table, std::string_view from, std::string_view to,
                    const Visit& visit) override {
    ++scans;
    HAPAX_TRY(check(table));
    return MemoryStateStore::scan(table, from, to, visit);
  }

  std::string failing;
  int scans = 0;

 private:
  Result<void> check(std::string_view table) const {
    return table == failing ? Result<void>(Error{ErrorKind::kUnavailable, "the disk is gone"})
                            : Result<void>();
  }
};

}  // namespace hapax
