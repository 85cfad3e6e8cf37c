// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.hpp"
#include "config/settings.hpp"

/// Options by the kind of their value.
namespace hapax::option_kinds {

/// Both ends are in it.
struct Range {
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
};

Option text(std::string_view key, std::string Settings::*field, std::string_view help);
/// Only whether it is set is shown.
Option secret(std::string_view key, std::string Settings::*field, std::string_view help);
Option count(std::string_view key, std::uint64_t Settings::*field, Range range,
             std::string_view help);
Option bytes(std::string_view key, std::uint64_t Settings::*field, Range range,
             std::string_view help);
Option duration(std::string_view key, std::chrono::milliseconds Settings::*field,
                std::chrono::milliseconds min, std::chrono::milliseconds max,
                std::string_view help);
Option yes_or_no(std::string_view key, bool Settings::*field, std::string_view help);
Option switch_on(std::string_view key, bool Settings::*field, std::string_view help);
/// A list of keys, "k1,k2", of which only the number is shown.
Option keys(std::string_view key, std::set<std::string, std::less<>> Settings::*field,
            std::string_view help);

std::string_view trim(std::string_view text);
/// "a, b,c" without empty parts, and without the space around them.
std::vector<std::string_view> split(std::string_view list);

}  // namespace hapax::option_kinds
