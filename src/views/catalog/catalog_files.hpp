// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Texts of catalogs, "views-<number>.json" in a folder of their own. Under its name a file is
/// whole and durable. Threading: one owner. Lifetime: `storage` must outlive it.
class CatalogFiles {
 public:
  CatalogFiles(std::string directory, Storage& storage)
      : directory_(std::move(directory)), storage_(storage) {}

  std::string path_of(std::uint32_t number) const;
  /// In place of one that is there. Durable when it returns. Errors: those of the disk.
  Result<void> write(std::uint32_t number, std::string_view text) const;
  /// Errors: kInvalid, there is no such file; those of the disk.
  Result<std::string> read(std::uint32_t number) const;
  /// Removes what is neither that of `number` nor the newest one before it. Errors: those of the
  /// disk.
  Result<void> remove_others(std::uint32_t number) const;

 private:
  const std::string directory_;
  Storage& storage_;
};

}  // namespace hapax
