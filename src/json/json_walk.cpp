#include "json/json_walk.hpp"

#include <cstring>

#include "json/json_text.hpp"

namespace hapax {

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

JsonWalk::JsonWalk(std::string_view json, const JsonIndex& index)
    : json_(json.data()),
      text_end_(json.data() + json.size()),
      at_(index.tokens().data()),
      end_(at_ + index.tokens().size() - 1),
      backslash_(find_backslash(json_)) {}

bool JsonWalk::fail(Fault fault) {
  // The first fault decides: what can be replaced is worth a second pass, which finds the others.
  fault_ = fault_ == Fault::kNone ? fault : fault_;
  return false;
}

bool JsonWalk::check(std::uint32_t depth) {
  switch (ahead()) {
    case '{':
      return enter(depth) && each_field([&](std::string_view) { return check(depth + 1); });
    case '[':
      return enter(depth) && each_element([&] { return check(depth + 1); });
    case '"':
      return check_string();
    case 't':
      return check_word("true");
    case 'f':
      return check_word("false");
    case 'n':
      return check_word("null");
    default:
      return check_number();
  }
}

bool JsonWalk::check_word(std::string_view word) {
  return token(at_++) == word || fail();
}

bool JsonWalk::check_number() {
  // Anything else that does not belong here, the text's end too, is no number either.
  return !at_end() && is_json_number(token(at_++)) ? true : fail();
}

const char* JsonWalk::find_backslash(const char* from) const {
  const auto* found =
      static_cast<const char*>(std::memchr(from, '\\', static_cast<std::size_t>(text_end_ - from)));
  return found != nullptr ? found : text_end_;
}

bool JsonWalk::check_escapes_of(std::string_view inside) {
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

}  // namespace hapax
