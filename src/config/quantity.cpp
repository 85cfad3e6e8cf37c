// SPDX-License-Identifier: Apache-2.0
#include "config/quantity.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <span>

namespace hapax {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kByteUnits[] = {
    {"GiB", 1U << 30U}, {"MiB", 1U << 20U}, {"KiB", 1U << 10U}, {"B", 1}, {"", 1}};
constexpr Unit kDurationUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

Result<std::uint64_t> parse(std::string_view text, std::span<const Unit> units,
                            std::string_view what) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  auto name = text.substr(static_cast<std::size_t>(end - text.data()));
  while (name.starts_with(' ')) {
    name.remove_prefix(1);
  }
  for (const auto& unit : units) {
    if (failure == std::errc() && name == unit.name &&
        number <= std::numeric_limits<std::int64_t>::max() / unit.factor) {
      return number * unit.factor;
    }
  }
  std::string known;
  for (const auto& unit : units) {
    known += unit.name.empty() ? "" : fmt::format("{}{}", known.empty() ? "" : ", ", unit.name);
  }
  return Error{.kind = ErrorKind::kInvalid,
               .message = fmt::format("\"{}\" is not {}", text, what),
               .hint = fmt::format("write a whole number and one of {}", known)};
}

std::string format(std::uint64_t value, std::span<const Unit> units) {
  for (const auto& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) {
      return fmt::format("{}{}", value / unit.factor, unit.name);
    }
  }
  return fmt::format("{}{}", value, units[units.size() - 1].name);
}

}  // namespace

Result<std::uint64_t> parse_bytes(std::string_view text) {
  return parse(text, kByteUnits, "a number of bytes");
}

std::string format_bytes(std::uint64_t bytes) {
  return format(bytes, kByteUnits);
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  return parse(text, kDurationUnits, "a duration").transform([](std::uint64_t count) {
    return std::chrono::milliseconds(count);
  });
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format(static_cast<std::uint64_t>(duration.count()), kDurationUnits);
}

}  // namespace hapax
