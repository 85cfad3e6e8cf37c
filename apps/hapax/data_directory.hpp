// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Makes the data directory where there is none, and checks that this process may use it and what
/// it made there before. Warns when everyone may read it. Errors: kUnavailable, it is another
/// user's, with what to do about that.
Result<void> prepare_data_directory(const std::string& path, Storage& storage);

}  // namespace hapax
