// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ports/storage.hpp"

namespace hapax {

/// The text of a file of some KiB; nothing when it is not there.
Result<std::optional<std::string>> read_small_file(const std::string& path, Storage& storage);

/// Makes `text` the durable content of `directory`/`name`, all of it or nothing. Makes the
/// directory.
Result<void> write_small_file(const std::string& directory, const std::string& name,
                              std::string_view text, Storage& storage);

}  // namespace hapax
