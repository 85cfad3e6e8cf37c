// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "record/event.hpp"

namespace hapax {
namespace {

// By stored value.
constexpr std::array<std::string_view, 7> kTypeNames{"unspecified", "track", "identify", "page",
                                                     "screen",      "group", "alias"};

}  // namespace

std::string_view type_name(EventType type) {
  const auto value = static_cast<std::size_t>(type);
  return value < kTypeNames.size() ? kTypeNames[value] : "unknown";
}

EventType parse_event_type(std::string_view name) {
  for (std::size_t value = 0; value < kTypeNames.size(); ++value) {
    if (kTypeNames[value] == name) {
      return static_cast<EventType>(value);
    }
  }
  return EventType::kUnspecified;
}

}  // namespace hapax
