// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Where the server listens, for commands beside it: the port may be one that the system chose, or
/// that a flag said. A line of text in the file `listen`, as http.listen has it
/// ("127.0.0.1:8080"), which each start writes.

/// Errors: those of the storage.
Result<void> note_listen(const std::string& directory, Storage& storage, std::string_view listen);

/// As the last start noted it; nothing when none did. Errors: those of the storage.
Result<std::optional<std::string>> noted_listen(const std::string& directory, Storage& storage);

}  // namespace hapax
