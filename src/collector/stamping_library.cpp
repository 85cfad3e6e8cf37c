// SPDX-License-Identifier: Apache-2.0
#include "collector/stamping_library.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstdint>
#include <optional>

#include "json/json_fields.hpp"

namespace hapax {
namespace {

struct Version {
  std::array<std::uint32_t, 3> parts;

  friend auto operator<=>(const Version&, const Version&) = default;
};

struct Library {
  std::string_view name;
  std::string_view version_prefix;
  Version from;
  Version below;
};

// Whose retries were looked at, on the wire or in their source. Not segment-analytics-python, which
// does too: RudderStack's library, of which it is not known, has the same name.
constexpr Library kLibraries[] = {
    {"analytics.js", "npm:next-", {{1, 84, 3}}, {{2, 0, 0}}},
    {"analytics.js", "next-", {{1, 84, 3}}, {{2, 0, 0}}},
    {"@segment/analytics-node", "", {{3, 1, 0}}, {{4, 0, 0}}},
    {"@hapax/sdk", "", {{0, 1, 0}}, {{2, 0, 0}}},
};

// "1.84.3", whatever is behind it.
std::optional<Version> parse_version(std::string_view text) {
  Version version{};
  for (std::size_t i = 0; i < version.parts.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) {
        return std::nullopt;
      }
      text.remove_prefix(1);
    }
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), version.parts[i]);
    if (error != std::errc()) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return version;
}

}  // namespace

bool stamps_each_try(std::string_view context) {
  const std::string_view library = json_member(context, "library");
  const std::string_view name = plain_json_string(json_member(library, "name"));
  const std::string_view text = plain_json_string(json_member(library, "version"));
  return std::any_of(std::begin(kLibraries), std::end(kLibraries), [&](const Library& known) {
    if (name != known.name || !text.starts_with(known.version_prefix)) {
      return false;
    }
    const auto version = parse_version(text.substr(known.version_prefix.size()));
    return version && known.from <= *version && *version < known.below;
  });
}

}  // namespace hapax
