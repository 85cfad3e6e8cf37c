// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "alerts/alert_state.hpp"
#include "ports/notifier.hpp"

namespace hapax {

/// The same for each try to deliver a notice, and for no other: by it a receiver knows a second
/// copy.
std::string delivery_id(const Notice& notice);

/// In a sentence, what is found.
std::string sentence_of(const AlertRule& rule, const Notice& notice);

/// What a webhook gets (docs/alerts.md), signed with the rule's secret at `now`.
WebhookPost webhook_of(const AlertRule& rule, const Notice& notice, ProcessingTime now);

/// What a mail says. Nothing that users wrote is in a header as it is.
Mail mail_of(const AlertRule& rule, const Notice& notice, const std::string& from);

}  // namespace hapax
