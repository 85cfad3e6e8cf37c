// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// The id of the log in `directory`, which is there: of the file `id`; where there is none, made at
/// random, and durable when this returns. Format: docs/formats/log.md.
/// Errors: kCorrupt, the file holds no id; those of the disk.
Result<LogId> read_or_make_log_id(const std::string& directory, Storage& storage, Random& random);

/// Gives the log in `to`, in place of its own id, that of the one in `from`, if that has one that
/// can be read. Errors: those of the disk.
Result<void> take_over_log_id(const std::string& from, const std::string& to, Storage& storage);

}  // namespace hapax
