// SPDX-License-Identifier: Apache-2.0
#include "disk_space.hpp"

#include <filesystem>
#include <system_error>

namespace hapax {

Result<DiskSpace> disk_space(const std::string& directory) {
  std::error_code failed;
  const auto space = std::filesystem::space(directory, failed);
  if (failed) {
    return Error{ErrorKind::kUnavailable, directory + ": " + failed.message()};
  }
  return DiskSpace{.bytes = space.capacity, .free_bytes = space.available};
}

}  // namespace hapax
