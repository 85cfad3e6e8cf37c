// SPDX-License-Identifier: Apache-2.0
#include "assets/content_coding.hpp"

#include <algorithm>
#include <cctype>

namespace hapax {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool equals(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {}, [](unsigned char c) { return std::tolower(c); });
}

/// What is before the first `separator`, which is taken off `rest` with it.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trimmed(part);
}

/// "0", "0.0" and so on: not at all.
bool is_zero(std::string_view weight) {
  return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
}

bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    auto value = next_part(parameters, ';');
    const auto name = next_part(value, '=');
    if (equals(name, "q")) {
      return is_zero(trimmed(value));
    }
  }
  return false;
}

}  // namespace

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
  bool by_star = false;
  while (!accept_encoding.empty()) {
    auto parameters = next_part(accept_encoding, ',');
    const auto name = next_part(parameters, ';');
    if (equals(name, coding)) {
      return !is_refused(parameters);
    }
    by_star = by_star || (name == "*" && !is_refused(parameters));
  }
  return by_star;
}

}  // namespace hapax
