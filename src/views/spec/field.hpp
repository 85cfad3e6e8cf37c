// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace hapax {

enum class FieldKind : std::uint8_t {
  kSource,
  kType,   ///< As "track".
  kEvent,  ///< Its name; empty for an identify, for one.
  kUser,   ///< Whose event it is: the user id, else the anonymous id.
  kUserId,
  kAnonymousId,  ///< Also written "device".
  kSessionId,    ///< Also written "session".
  kGroupId,
  kCategory,
  kMessageId,
  kProperties,  ///< A path in the event's properties, context or traits.
  kContext,
  kTraits,
  kKeyEvents,   ///< Of a key of `per` in a window, or of a session: how many events it has,
  kKeySeconds,  ///< the seconds from its first to its last one,
  kKeyBounced,  ///< whether it has just one: 1 or 0,
  kKeyIsNew,    ///< and whether the first event of the key is in it: 1 or 0.
};

/// A part of an event that a view looks at, or of a key's state.
/// Text: "source", "user", "properties.plan", "context.page.path". A name in a path that has a dot,
/// a quote, a bracket, a comma or space around it is written in double quotes, with \" and \\ for a
/// quote and a backslash: properties."a.b".
struct Field {
  static constexpr std::size_t kPathNamesMax = 16;

  FieldKind kind = FieldKind::kSource;
  std::vector<std::string> path = {};  ///< Of kProperties, kContext, kTraits: at least one name.
  /// In a group of a view over keys: of a key's last event, not of its first.
  bool is_of_last = false;

  bool is_path() const { return !path.empty(); }
  bool is_of_key() const { return kind >= FieldKind::kKeyEvents; }

  friend auto operator<=>(const Field&, const Field&) = default;
};

/// Errors: kInvalid, saying what is no field (with the nearest one) or why a path is none.
Result<Field> parse_field(std::string_view text);

/// A field of a group, which may say of which event of a key it is: "last(context.page.path)".
/// "first(user)" is "user". Errors: as parse_field().
Result<Field> parse_group_field(std::string_view text);

/// Does it say that: is it in brackets?
bool names_an_event(std::string_view text);

/// The one spelling of a field; parse_group_field() reads it back.
std::string field_text(const Field& field);

}  // namespace hapax
