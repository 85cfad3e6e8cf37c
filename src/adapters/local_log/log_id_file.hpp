// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Gives the log in `directory`, which begins, an id at random in place of any that is there;
/// durable when this returns. Format: docs/formats/log.md. Errors: those of the disk.
Result<LogId> make_log_id(const std::string& directory, Storage& storage, Random& random);

/// The id of the log in `directory`, made where there is none. Errors: kCorrupt, the file holds no
/// id; those of the disk.
Result<LogId> read_or_make_log_id(const std::string& directory, Storage& storage, Random& random);

/// Gives the log in `to`, in place of its own id, that of the one in `from`, if that has one.
/// Errors: as above.
Result<void> take_over_log_id(const std::string& from, const std::string& to, Storage& storage);

}  // namespace hapax
