// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ports/storage.hpp"

namespace hapax {

/// The machine's file system. Calls that a signal interrupts and writes that end early are carried
/// on; errors name the path, the call and the system's reason. Threading: as the port says.
class PosixStorage : public Storage {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<bool> link(const std::string& from, const std::string& to) override;
  Result<void> unlink(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> create_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::unique_ptr<File>> lock(const std::string& path) override;
};

}  // namespace hapax
