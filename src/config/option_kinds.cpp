// SPDX-License-Identifier: Apache-2.0
#include "config/option_kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/quantity.hpp"

namespace hapax::option_kinds {
namespace {

Result<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stop != end) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("\"{}\" is not a whole number", text),
                 .hint = "write digits only"};
  }
  return number;
}

template <typename Format>
Result<void> check_range(std::uint64_t value, Range range, Format format) {
  if (value >= range.min && value <= range.max) {
    return {};
  }
  return Error{.kind = ErrorKind::kInvalid,
               .message = fmt::format("{} is outside {} to {}", format(value), format(range.min),
                                      format(range.max))};
}

}  // namespace

Option text(std::string_view key, std::string Settings::*field, std::string_view help) {
  return {.key = key,
          .help = help,
          .set = [field](Settings& settings, std::string_view value) -> Result<void> {
            settings.*field = value;
            return {};
          },
          .show = [field](const Settings& settings) { return settings.*field; }};
}

Option secret(std::string_view key, std::string Settings::*field, std::string_view help) {
  Option option = text(key, field, help);
  option.show = [field](const Settings& settings) {
    return std::string((settings.*field).empty() ? "" : "***");
  };
  option.secret = true;
  return option;
}

Option count(std::string_view key, std::uint64_t Settings::*field, Range range,
             std::string_view help) {
  return {.key = key,
          .help = help,
          .set = [field, range](Settings& settings, std::string_view value) -> Result<void> {
            HAPAX_ASSIGN(const auto number, parse_count(value));
            HAPAX_TRY(check_range(number, range, [](auto n) { return std::to_string(n); }));
            settings.*field = number;
            return {};
          },
          .show = [field](const Settings& settings) { return std::to_string(settings.*field); }};
}

Option bytes(std::string_view key, std::uint64_t Settings::*field, Range range,
             std::string_view help) {
  return {.key = key,
          .help = help,
          .set = [field, range](Settings& settings, std::string_view value) -> Result<void> {
            HAPAX_ASSIGN(const auto number, parse_bytes(value));
            HAPAX_TRY(check_range(number, range, format_bytes));
            settings.*field = number;
            return {};
          },
          .show = [field](const Settings& settings) { return format_bytes(settings.*field); }};
}

Option duration(std::string_view key, std::chrono::milliseconds Settings::*field,
                std::chrono::milliseconds min, std::chrono::milliseconds max,
                std::string_view help) {
  const Range range{static_cast<std::uint64_t>(min.count()),
                    static_cast<std::uint64_t>(max.count())};
  return {.key = key,
          .help = help,
          .set = [field, range](Settings& settings, std::string_view value) -> Result<void> {
            HAPAX_ASSIGN(const auto parsed, parse_duration(value));
            HAPAX_TRY(check_range(static_cast<std::uint64_t>(parsed.count()), range, [](auto ms) {
              return format_duration(std::chrono::milliseconds(ms));
            }));
            settings.*field = parsed;
            return {};
          },
          .show = [field](const Settings& settings) { return format_duration(settings.*field); }};
}

Option yes_or_no(std::string_view key, bool Settings::*field, std::string_view help) {
  return {.key = key,
          .help = help,
          .set = [field](Settings& settings, std::string_view value) -> Result<void> {
            const bool yes = value == "yes" || value == "true";
            if (!yes && value != "no" && value != "false") {
              return Error{.kind = ErrorKind::kInvalid,
                           .message = fmt::format("\"{}\" is neither yes nor no", value)};
            }
            settings.*field = yes;
            return {};
          },
          .show = [field](const Settings& settings) { return settings.*field ? "yes" : "no"; }};
}

Option switch_on(std::string_view key, bool Settings::*field, std::string_view help) {
  Option option = yes_or_no(key, field, help);
  option.is_switch = true;
  return option;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = std::min(text.find_first_not_of(kSpace), text.size());
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const auto part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), part.size() + 1));
    if (!trim(part).empty()) {
      parts.push_back(trim(part));
    }
  }
  return parts;
}

Option keys(std::string_view key, std::set<std::string, std::less<>> Settings::*field,
            std::string_view help) {
  return {.key = key,
          .help = help,
          .set = [field](Settings& settings, std::string_view value) -> Result<void> {
            (settings.*field).clear();
            for (const auto one : split(value)) {
              (settings.*field).emplace(one);
            }
            return {};
          },
          .show =
              [field](const Settings& settings) {
                const auto& all = settings.*field;
                return all.empty() ? std::string() : fmt::format("{} key(s)", all.size());
              },
          .secret = true};
}

}  // namespace hapax::option_kinds
