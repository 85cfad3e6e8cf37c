// SPDX-License-Identifier: Apache-2.0
#include "views/spec/field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/nearest.hpp"

namespace hapax {
namespace {

struct KnownField {
  std::string_view name;
  FieldKind kind;
};

// Of two names of one kind the first is how it is written.
constexpr KnownField kFields[] = {{"source", FieldKind::kSource},
                                  {"type", FieldKind::kType},
                                  {"event", FieldKind::kEvent},
                                  {"name", FieldKind::kEvent},
                                  {"user", FieldKind::kUser},
                                  {"user_id", FieldKind::kUserId},
                                  {"anonymous_id", FieldKind::kAnonymousId},
                                  {"device", FieldKind::kAnonymousId},
                                  {"session_id", FieldKind::kSessionId},
                                  {"session", FieldKind::kSessionId},
                                  {"group_id", FieldKind::kGroupId},
                                  {"category", FieldKind::kCategory},
                                  {"message_id", FieldKind::kMessageId},
                                  {"key.events", FieldKind::kKeyEvents},
                                  {"key.seconds", FieldKind::kKeySeconds},
                                  {"key.bounced", FieldKind::kKeyBounced},
                                  {"key.is_new", FieldKind::kKeyIsNew}};
// Behind either a field in brackets.
constexpr std::string_view kFirst = "first(";
constexpr std::string_view kLast = "last(";

constexpr KnownField kRoots[] = {{"properties", FieldKind::kProperties},
                                 {"context", FieldKind::kContext},
                                 {"traits", FieldKind::kTraits}};

// What ends a name that is not quoted, or would be lost around it.
constexpr std::string_view kSpecial = ".\"[](),\\";

Error invalid(std::string message, std::string hint = "") {
  return {.kind = ErrorKind::kInvalid, .message = std::move(message), .hint = std::move(hint)};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Error unknown_field(std::string_view text) {
  std::vector<std::string_view> names;
  for (const auto& known : kFields) {
    names.push_back(known.name);
  }
  const std::string_view root = text.substr(0, text.find('.'));
  for (const auto& known : kRoots) {
    names.push_back(known.name);
  }
  auto meant = nearest(text, names);
  if (!meant && root != text) {
    meant = nearest(root, names);
  }
  if (!meant && root == "key") {
    return invalid(fmt::format("there is no field \"{}\"", text),
                   "of a key there are key.events, key.seconds, key.bounced and key.is_new");
  }
  return invalid(fmt::format("there is no field \"{}\"", text),
                 meant ? fmt::format("did you mean \"{}\"?", *meant)
                       : "write source, type, event, user, user_id, anonymous_id, session_id, "
                         "group_id, category or message_id, or a path as properties.plan, "
                         "context.page.path, traits.email; measures with \"per\" are of "
                         "key.events, key.seconds, key.bounced or key.is_new");
}

/// The names of a path, each behind a dot.
class PathReader {
 public:
  explicit PathReader(std::string_view path) : whole_(path), rest_(path) {}

  Result<std::vector<std::string>> names() {
    std::vector<std::string> names;
    while (!rest_.empty()) {
      if (rest_.front() == '[') {
        return fault("elements of arrays have no path", "name a field outside of an array");
      }
      if (rest_.front() != '.') {
        return fault("a dot is missing");
      }
      rest_.remove_prefix(1);
      HAPAX_ASSIGN(std::string name, rest_.starts_with('"') ? quoted() : bare());
      names.push_back(std::move(name));
    }
    if (names.size() > Field::kPathNamesMax) {
      return fault(fmt::format("more than {} names", Field::kPathNamesMax));
    }
    return names;
  }

 private:
  Result<std::string> bare() {
    const auto end = std::min(rest_.find_first_of(kSpecial), rest_.size());
    const auto name = rest_.substr(0, end);
    if (name.empty()) {
      return fault("a name is empty", "an empty name is written \"\"");
    }
    if (trim(name) != name) {
      return fault("there is space around a name", "quote it if it belongs to the name");
    }
    rest_.remove_prefix(end);
    return std::string(name);
  }

  Result<std::string> quoted() {
    std::string name;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '"') {
        rest_.remove_prefix(at + 1);
        return name;
      }
      at += rest_[at] == '\\' ? 1 : 0;
      if (at < rest_.size()) {
        name += rest_[at];
      }
    }
    return fault("a quote is not closed");
  }

  Error fault(std::string_view why, std::string hint = "") const {
    return invalid(fmt::format("\"{}\" is no path: {}", whole_, why), std::move(hint));
  }

  std::string_view whole_;
  std::string_view rest_;
};

/// What is in brackets behind `word`.
std::optional<std::string_view> inside_of(std::string_view text, std::string_view word) {
  text = trim(text);
  if (!text.starts_with(word) || !text.ends_with(')')) {
    return std::nullopt;
  }
  text.remove_prefix(word.size());
  text.remove_suffix(1);
  return text;
}

bool is_bare(std::string_view name) {
  return !name.empty() && name.find_first_of(kSpecial) == std::string_view::npos &&
         trim(name) == name;
}

void append_name(std::string_view name, std::string& to) {
  to += '.';
  if (is_bare(name)) {
    to += name;
    return;
  }
  to += '"';
  for (const char letter : name) {
    to += letter == '"' || letter == '\\' ? "\\" : "";
    to += letter;
  }
  to += '"';
}

}  // namespace

Result<Field> parse_field(std::string_view text) {
  text = trim(text);
  for (const auto& known : kFields) {
    if (text == known.name) {
      return Field{.kind = known.kind};
    }
  }
  for (const auto& root : kRoots) {
    if (text == root.name) {
      return invalid(fmt::format("\"{}\" is an object, not a value", text),
                     fmt::format("name one of its fields, as {}.plan", text));
    }
    const auto behind = text.substr(std::min(root.name.size(), text.size()));
    if (text.starts_with(root.name) && (behind[0] == '.' || behind[0] == '[')) {
      HAPAX_ASSIGN(auto names, PathReader(behind).names());
      return Field{.kind = root.kind, .path = std::move(names)};
    }
  }
  return unknown_field(text);
}

Result<Field> parse_group_field(std::string_view text) {
  if (const auto of_first = inside_of(text, kFirst)) {
    return parse_field(*of_first);
  }
  const auto of_last = inside_of(text, kLast);
  HAPAX_ASSIGN(Field field, parse_field(of_last.value_or(text)));
  field.is_of_last = of_last.has_value();
  return field;
}

bool names_an_event(std::string_view text) {
  return inside_of(text, kFirst) || inside_of(text, kLast);
}

std::string field_text(const Field& field) {
  if (field.is_of_last) {
    return std::string(kLast)
        .append(field_text({.kind = field.kind, .path = field.path}))
        .append(1, ')');
  }
  std::string text;
  const auto is_it = [&](const KnownField& known) { return known.kind == field.kind; };
  if (const auto* root = std::find_if(std::begin(kRoots), std::end(kRoots), is_it);
      root != std::end(kRoots)) {
    text = root->name;
  } else {
    text = std::find_if(std::begin(kFields), std::end(kFields), is_it)->name;
  }
  for (const std::string& name : field.path) {
    append_name(name, text);
  }
  return text;
}

}  // namespace hapax
