// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// The time that the parameter `name` says. Errors: kInvalid, `text` is none.
Result<EventTime> parse_query_time(std::string_view name, const std::string& text);

/// Whether `consistency` is final. Errors: kInvalid, it is something else than that or latest.
Result<bool> final_only_parameter(std::string_view query);

}  // namespace hapax
