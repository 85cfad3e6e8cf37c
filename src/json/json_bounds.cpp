// SPDX-License-Identifier: Apache-2.0
#include "json/json_bounds.hpp"

#include <algorithm>

namespace hapax {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kSpaceAndCommas = " \t\r\n,";
constexpr std::string_view kWordEnds = "{}[],:\" \t\r\n";

char closing(char opening) {
  return opening == '{' ? '}' : ']';
}

}  // namespace

std::size_t JsonBounds::skip_space(std::size_t at) const {
  return std::min(text_.find_first_not_of(kSpace, at), text_.size());
}

std::size_t JsonBounds::skip_commas(std::size_t at) const {
  return std::min(text_.find_first_not_of(kSpaceAndCommas, at), text_.size());
}

JsonBounds::Token JsonBounds::token(std::size_t at) {
  const std::size_t begin = skip_space(at);
  if (begin == text_.size()) {
    return {'\0', begin, begin};
  }
  const char first = text_[begin];
  const bool is_string = first == '"';
  std::size_t end = begin + 1;
  if (is_string || kWordEnds.find(first) == std::string_view::npos) {
    // A backslash hides what follows it, in strings and outside of them: so which quotes count does
    // not depend on which are missing.
    end = begin + (is_string ? 1 : 0);
    const std::string_view ends = is_string ? "\"" : kWordEnds;
    while (end < text_.size() && ends.find(text_[end]) == std::string_view::npos) {
      end += text_[end] == '\\' ? 2 : 1;
    }
    end += is_string ? 1 : 0;
  }
  if (end > text_.size() || work_ + (end - at) > kWorkMax * text_.size()) {
    return {'\0', begin, text_.size()};
  }
  work_ += end - at;
  return {is_string || kWordEnds.find(first) != std::string_view::npos ? first : 'w', begin, end};
}

JsonBounds::Value JsonBounds::value(std::size_t at) {
  open_.clear();
  bool after_value = false;
  bool is_key = false;
  std::size_t before = at;
  for (Token next = token(at);; before = next.begin, next = token(next.end)) {
    const char around = open_.empty() ? '\0' : open_.back();
    bool fits = false;
    switch (next.kind) {
      case '{':
      case '[':
        fits = !after_value && !is_key;
        open_ += next.kind;
        is_key = next.kind == '{';
        break;
      case '}':
      case ']':
        fits = around != '\0' && closing(around) == next.kind;
        if (fits) {
          open_.pop_back();
        }
        after_value = true;
        is_key = false;
        break;
      case ',':
        fits = around != '\0';
        after_value = false;
        is_key = around == '{';
        break;
      case ':':
        fits = is_key && after_value;
        after_value = false;
        is_key = false;
        break;
      case '\0':
        break;
      default:
        fits = !after_value;
        after_value = true;
    }
    if (!fits) {
      return {.end = next.begin, .search_from = before};
    }
    if (after_value && open_.empty()) {
      return {.end = next.end};
    }
  }
}

std::optional<std::size_t> JsonBounds::find_element_end(std::size_t from) {
  for (std::size_t at = text_.find_first_of(",]", from); at != std::string_view::npos;
       at = text_.find_first_of(",]", at + 1)) {
    if (text_[at] == ']') {
      if (is_end_of_document(at + 1)) {
        return at;
      }
      continue;
    }
    const std::size_t element = skip_space(at + 1);
    const std::size_t inside = skip_space(element + 1);
    if (inside < text_.size() && text_[element] == '{' &&
        (text_[inside] == '"' || text_[inside] == '}')) {
      std::size_t array_end = at;
      if (goes_on_at(element, array_end)) {
        return at;
      }
      at = array_end;  // All up to here is inside of a value.
    }
  }
  return std::nullopt;
}

// Whether the array that is looked for goes on with `element`, or else where an array inside of
// one of its elements ends. Another contradiction does not count against it.
bool JsonBounds::goes_on_at(std::size_t element, std::size_t& array_end) {
  for (std::size_t at = element;;) {
    if (at < text_.size() && text_[at] == ']') {
      array_end = at;
      return is_end_of_document(at + 1);
    }
    const Value next = value(at);
    if (next.search_from) {
      return true;
    }
    at = skip_commas(next.end);
  }
}

// Whether what follows are further members of the document, and its end.
bool JsonBounds::is_end_of_document(std::size_t at) {
  Token next = token(at);
  while (next.kind == ',') {
    next = token(next.end);
    if (next.kind == '}') {
      break;
    }
    const Token colon = token(next.end);
    if (next.kind != '"' || colon.kind != ':') {
      return false;
    }
    const Value member = value(colon.end);
    if (member.search_from) {
      return false;
    }
    next = token(member.end);
  }
  return next.kind == '}' && skip_space(next.end) == text_.size();
}

}  // namespace hapax
