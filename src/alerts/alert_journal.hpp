// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "alerts/alert_state.hpp"
#include "core/result.hpp"

namespace hapax {

/// What of alerts survives a start: which fire, what is still to be told of them, and the last
/// firings (docs/formats/documents.md).
struct AlertJournal {
  std::map<std::string, AlertStatus, std::less<>> statuses;
  std::deque<Firing> firings;  ///< The newest first, at most kFiringsKept.
};

/// JSON, a line.
std::string encode_journal(const AlertJournal& journal);
/// Errors: kCorrupt.
Result<AlertJournal> decode_journal(std::string_view text);

}  // namespace hapax
