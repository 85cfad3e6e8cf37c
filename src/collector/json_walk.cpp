#include "collector/json_walk.hpp"

#include <algorithm>
#include <cstring>

#include "collector/json_text.hpp"

namespace hapax {

namespace ondemand = simdjson::ondemand;

std::string_view trim_json_space(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  return text;
}

bool JsonWalk::fail(Fault fault) {
  // The first fault decides: what can be replaced is worth a second pass, which finds the others.
  fault_ = fault_ == Fault::kNone ? fault : fault_;
  return false;
}

bool JsonWalk::check(ondemand::value& value, std::uint32_t depth) {
  const std::string_view raw = token(value);
  switch (raw.front()) {
    case '{':
      return check_object(value, depth);
    case '[':
      return check_array(value, depth);
    case '"':
      return check_string(raw);
    case 't':
      return trim_json_space(raw) == "true" || fail();
    case 'f':
      return trim_json_space(raw) == "false" || fail();
    case 'n':
      return trim_json_space(raw) == "null" || fail();
    default:
      return is_json_number(trim_json_space(raw)) || fail();
  }
}

std::optional<std::string_view> JsonWalk::key(ondemand::field& field) {
  const char* start = field.key().raw();
  const char* end = start;
  bool escaped = false;
  for (; *end != '"'; ++end) {
    if (*end == '\\') {
      escaped = true;
      ++end;
    }
  }
  const std::string_view raw(start, static_cast<std::size_t>(end - start));
  if (!escaped) {
    return raw;
  }
  std::string_view key;
  if (!check_inside(raw) || field.unescaped_key().get(key) != simdjson::SUCCESS) {
    fail();
    return std::nullopt;
  }
  return key;
}

std::string_view JsonWalk::text_from(std::string_view token) const {
  const char* end = nullptr;
  const bool consumed = token.starts_with('{') || token.starts_with('[');
  if (!consumed || document_->current_location().get(end) != simdjson::SUCCESS) {
    return trim_json_space(token);
  }
  return trim_json_space({token.data(), static_cast<std::size_t>(end - token.data())});
}

bool JsonWalk::check_object(ondemand::value& value, std::uint32_t depth) {
  ondemand::object object;
  if (!enter(depth) || value.get_object().get(object) != simdjson::SUCCESS) {
    return fail();
  }
  for (auto result : object) {
    ondemand::field field;
    if (std::move(result).get(field) != simdjson::SUCCESS || !key(field) ||
        !check(field.value(), depth + 1)) {
      return fail();
    }
  }
  return true;
}

bool JsonWalk::check_array(ondemand::value& value, std::uint32_t depth) {
  ondemand::array array;
  if (!enter(depth) || value.get_array().get(array) != simdjson::SUCCESS) {
    return fail();
  }
  for (auto result : array) {
    ondemand::value element;
    // NOLINTNEXTLINE(performance-move-const-arg): get() is for rvalues only.
    if (std::move(result).get(element) != simdjson::SUCCESS || !check(element, depth + 1)) {
      return fail();
    }
  }
  return true;
}

bool JsonWalk::check_string(std::string_view token) {
  // simdjson skips a string that was not read together with a colon after it, as if it were a key.
  if (token.data()[token.size()] == ':') {
    return fail();
  }
  const std::string_view quoted = trim_json_space(token);
  if (quoted.size() < 2 || quoted.back() != '"') {
    return fail();
  }
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  return std::memchr(inside.data(), '\\', inside.size()) == nullptr || check_inside(inside);
}

bool JsonWalk::check_inside(std::string_view inside) {
  switch (check_escapes(inside)) {
    case EscapeState::kValid:
      return true;
    case EscapeState::kReplaceable:
      return fail(Fault::kReplaceable);
    case EscapeState::kInvalid:
      break;
  }
  return fail();
}

bool JsonWalk::enter(std::uint32_t depth) {
  deepest_ = std::max(deepest_, depth);
  return depth <= kNestingMax || fail();
}

}  // namespace hapax
