// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// What a name of a whole file never ends in: it is being written.
constexpr std::string_view kUnfinishedEnding = ".tmp";

/// Puts `text` in the place of the file `name` of `directory`, which is there. Under its name a
/// file is whole at any time. Durable when it returns. Errors: those of the disk; the former text
/// is there then, or, where the last sync failed, one of the two.
Result<void> write_whole_file(Storage& storage, const std::string& directory,
                              const std::string& name, std::string_view text);

/// Errors: kInvalid, there is no such file; kExhausted, it has more than `bytes_max` bytes; those
/// of the disk.
Result<std::string> read_whole_file(Storage& storage, const std::string& path,
                                    std::size_t bytes_max);

/// Nothing when there is no such file. Errors: otherwise as read_whole_file().
Result<std::optional<std::string>> read_whole_file_if_there(Storage& storage,
                                                            const std::string& path,
                                                            std::size_t bytes_max);

/// Fine when there is none. Durable when it returns. Errors: those of the disk, as
/// write_whole_file().
Result<void> remove_file(Storage& storage, const std::string& directory, const std::string& name);

}  // namespace hapax
