// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "alerts/alert_rule.hpp"
#include "views/spec/spec_reader.hpp"

namespace hapax {

/// Reads whom a rule tells, "webhook" and "email" of its table, into `rule`. Errors: kInvalid.
Result<void> read_channels(const SpecTable& table, const SpecPlace& place, AlertRule& rule);

}  // namespace hapax
