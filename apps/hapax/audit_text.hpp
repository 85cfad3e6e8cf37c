// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// An answer of GET /api/audit for people.
struct AuditText {
  std::string text;
  bool all_holds = false;  ///< Every equation, and the account of every collector.
};

/// Errors: kUnavailable, it is no such answer.
Result<AuditText> audit_text(std::string_view answer);

}  // namespace hapax
