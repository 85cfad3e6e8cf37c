// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "alerts/alerts.hpp"

namespace hapax {

// What is answered of alerts (docs/http-api.md, "Alerts"). Secrets are hidden, but in the answer to
// who has stored them.

std::string alerts_json(const AlertsReport& report, const std::vector<FigureKind>& figures,
                        bool can_mail);
std::string alert_entry_json(const AlertEntry& entry);
/// The rule as it is stored.
std::string stored_alert_json(const Document& document);
std::string tested_json(const std::vector<TestedChannel>& tested);

}  // namespace hapax
