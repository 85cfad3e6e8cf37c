// SPDX-License-Identifier: Apache-2.0
#include "views/fields/field_values.hpp"

namespace hapax {
namespace {

std::string_view record_text(FieldKind kind, const EventView& event) {
  switch (kind) {
    case FieldKind::kSource:
      return event.source;
    case FieldKind::kType:
      return type_name(event.type);
    case FieldKind::kEvent:
      return event.name;
    case FieldKind::kUser:
      return identity(event);
    case FieldKind::kUserId:
      return event.user_id;
    case FieldKind::kAnonymousId:
      return event.anonymous_id;
    case FieldKind::kSessionId:
      return event.session_id;
    case FieldKind::kGroupId:
      return event.group_id;
    case FieldKind::kCategory:
      return event.category;
    case FieldKind::kMessageId:
      return event.message_id;
    case FieldKind::kProperties:
    case FieldKind::kContext:
    case FieldKind::kTraits:
    case FieldKind::kKeyEvents:
    case FieldKind::kKeySeconds:
    case FieldKind::kKeyBounced:
    case FieldKind::kKeyIsNew:
      return {};
  }
  return {};
}

}  // namespace

Value value_of(FieldRef ref, const EventView& event, const FieldValues& values) {
  switch (ref.kind) {
    case FieldKind::kProperties:
    case FieldKind::kContext:
    case FieldKind::kTraits:
      return values[ref.slot];
    default:
      break;
  }
  const std::string_view text = record_text(ref.kind, event);
  return text.empty() ? Value() : Value(text);
}

}  // namespace hapax
