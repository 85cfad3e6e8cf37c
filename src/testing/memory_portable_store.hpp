// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ports/portable_store.hpp"
#include "testing/memory_state_store.hpp"

namespace hapax {

/// A state in memory that is brought elsewhere as files with what each write changed; now and then
/// they become one with all.
class MemoryPortableStore : public PortableStore {
 public:
  Result<void> open(std::vector<StateFile> files) override;
  MemoryStateStore& tables() override { return store_; }
  Result<std::vector<StateFile>> files(const IsKnown& is_known) override;

 private:
  class Store : public MemoryStateStore {
   public:
    Result<void> write(const StateWrite& write) override;
    void make_one();

    std::map<std::uint64_t, std::string> files;  ///< By number.
    std::uint64_t next = 0;                      ///< Number.
  };

  Store store_;
};

}  // namespace hapax
