// SPDX-License-Identifier: Apache-2.0
#include "views/fields/json_number.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace hapax {
namespace {

constexpr std::int64_t kExactMax = std::int64_t{1} << 53U;

/// A whole number of few digits, which are most.
std::optional<std::int64_t> read_short(std::string_view text) {
  constexpr std::size_t kDigitsMax = 15;
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  if (text.empty() || text.size() > kDigitsMax) {
    return std::nullopt;
  }
  std::int64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    number = number * 10 + (digit - '0');
  }
  return negative ? -number : number;
}

bool is_beyond_exact(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ptr == end && (read.ec != std::errc() || number > kExactMax || number < -kExactMax);
}

}  // namespace

JsonNumber read_json_number(std::string_view text) {
  if (const auto number = read_short(text)) {
    return {.value = static_cast<double>(*number)};
  }
  double number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ptr != end || read.ec == std::errc::invalid_argument) {
    return {};
  }
  if (read.ec == std::errc::result_out_of_range) {
    // Rare: from_chars does not say which end it is out of.
    number = std::strtod(std::string(text).c_str(), nullptr);
    if (std::isinf(number)) {
      return {.value = {}, .is_rounded = false, .is_too_large = true};
    }
  }
  return {.value = number + 0.0, .is_rounded = is_beyond_exact(text)};
}

}  // namespace hapax
