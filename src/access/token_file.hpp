// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// The machine's token: whoever may read the data directory may do with the server what its admin
/// may. A line of text in the file `token`, which may be replaced by any other of 20 to 256
/// printable characters while the server is stopped; removed, the next start makes a new one.

/// Errors: kCorrupt, the file holds something else; those of the storage.
Result<std::string> read_or_make_token(const std::string& directory, Storage& storage,
                                       Random& random);

/// Where it is below a data directory.
std::string token_path(const std::string& data_directory);
/// What all that is kept of access is below.
std::string access_directory(const std::string& data_directory);

}  // namespace hapax
