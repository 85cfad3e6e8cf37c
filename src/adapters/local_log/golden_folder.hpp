// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "adapters/local_log/log_test_support.hpp"

namespace hapax {

/// Copies tests/golden/<name> to the log's folder.
inline void copy_golden(const std::string& name, LogHarness& log) {
  ASSERT_TRUE(log.storage.create_directories(std::string(kLogDirectory)));
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(HAPAX_GOLDEN_DIR "/") + name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    log.storage.set_content(
        std::string(kLogDirectory).append("/").append(entry.path().filename().string()),
        std::string(std::istreambuf_iterator<char>(file), {}));
  }
}

}  // namespace hapax
