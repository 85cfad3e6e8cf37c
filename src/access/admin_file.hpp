// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/sessions.hpp"
#include "core/result.hpp"

namespace hapax {

/// What the server keeps of its admin (docs/formats/access.md).
struct AdminRecord {
  std::string password_hash = {};                       ///< Empty: none was set.
  std::optional<SecretHash> used_setup = std::nullopt;  ///< Of the last link that set one.
  std::vector<AccessSession> sessions = {};
};

/// The text of the file `admin`, version 1, and back. Errors: kCorrupt, with the line.
std::string to_text(const AdminRecord& record);
Result<AdminRecord> parse_admin_record(std::string_view text);

}  // namespace hapax
