// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// "64MiB", "64 MiB", "1024B", "1024": bytes in powers of 1024.
/// Errors: kInvalid, saying which units there are.
Result<std::uint64_t> parse_bytes(std::string_view text);
std::string format_bytes(std::uint64_t bytes);

/// "250ms", "10s", "5m", "12h", "7d"; the unit is required.
/// Errors: kInvalid, saying which units there are.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace hapax
