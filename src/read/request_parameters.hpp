// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// The time that the parameter `name` says. Errors: kInvalid, `text` is none.
Result<EventTime> parse_query_time(std::string_view name, const std::string& text);

/// The whole number from 1 to `most` that the parameter `name` says, `missing` without it. Errors:
/// kInvalid, it says something else.
Result<std::size_t> count_parameter(std::string_view query, std::string_view name,
                                    std::size_t missing, std::size_t most);
/// What is said then.
Error not_a_count(std::string_view name, std::string_view text, std::size_t most);

/// The cursor is none that an answer gave.
Error unknown_cursor();

/// Whether `consistency` is final. Errors: kInvalid, it is something else than that or latest.
Result<bool> final_only_parameter(std::string_view query);

}  // namespace hapax
