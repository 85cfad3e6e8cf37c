// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"

namespace hapax {

/// Of the file system that holds a directory.
struct DiskSpace {
  std::uint64_t bytes = 0;       ///< All of it.
  std::uint64_t free_bytes = 0;  ///< What the user of this process may still fill.
};

/// Asks the system each time, in microseconds.
/// Errors: kUnavailable: the directory is not there, or may not be asked.
Result<DiskSpace> disk_space(const std::string& directory);

}  // namespace hapax
