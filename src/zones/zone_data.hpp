// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace hapax {

/// The release of the time zone rules that are built in, as "2025b" (tzdata.zi's first line).
std::string_view tzdata_version();

/// Every zone and link that is built in, sorted.
std::vector<std::string_view> zone_names();

/// A zone's compiled rules: the 64-bit block of its TZif file (RFC 8536) with its header, and the
/// footer. Nothing for a name that is not built in. Lives as long as the program.
std::optional<std::string_view> find_zone_data(std::string_view name);

}  // namespace hapax
