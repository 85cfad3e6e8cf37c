// SPDX-License-Identifier: Apache-2.0
#include "views/spec/spec_text.hpp"

#include <array>
#include <charconv>

#include "json/json_text.hpp"

namespace hapax {

std::string number_text(double number) {
  std::array<char, 32> digits{};
  const double value = number == 0 ? 0.0 : number;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), written.ptr};
}

std::string quoted_json(const std::string& text) {
  std::string json;
  append_json_string(text, json);
  return json;
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    text += text.empty() ? "" : ", ";
    text += word;
  }
  return text;
}

}  // namespace hapax
