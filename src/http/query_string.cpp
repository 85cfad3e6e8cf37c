// SPDX-License-Identifier: Apache-2.0
#include "http/query_string.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/nearest.hpp"

namespace hapax {

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

namespace {

std::string form_decode(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

struct Parameter {
  std::string name;        ///< Decoded.
  std::string_view value;  ///< As sent.
};

/// The first of `query`, which it is taken off.
Parameter take_parameter(std::string_view& query) {
  const auto pair = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(query.size(), pair.size() + 1));
  const auto equals = std::min(pair.find('='), pair.size());
  return {.name = form_decode(pair.substr(0, equals)),
          .value = pair.substr(std::min(equals + 1, pair.size()))};
}

Error unknown_parameter(const std::string& name, std::span<const std::string_view> known) {
  std::string hint;
  if (const auto meant = nearest(name, known)) {
    hint.append("did you mean ").append(*meant).append("? ");
  }
  hint += known.empty() ? "there are none here" : "known here are ";
  for (const std::string_view one : known) {
    hint.append(one == known.front() ? "" : ", ").append(one);
  }
  return {ErrorKind::kInvalid, "parameter \"" + name + "\" is unknown", std::move(hint)};
}

template <typename IsName>
std::optional<std::string> first_parameter(std::string_view query, IsName is_name) {
  while (!query.empty()) {
    const Parameter parameter = take_parameter(query);
    if (is_name(parameter.name)) {
      return form_decode(parameter.value);
    }
  }
  return std::nullopt;
}

char lower(char character) {
  return 'A' <= character && character <= 'Z' ? static_cast<char>(character + 'a' - 'A')
                                              : character;
}

}  // namespace

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  return first_parameter(query, [name](const std::string& sent) { return sent == name; });
}

std::optional<std::string> query_parameter_any_case(std::string_view query, std::string_view name) {
  return first_parameter(query, [name](const std::string& sent) {
    return std::ranges::equal(sent, name, {}, lower, lower);
  });
}

std::vector<QueryParameter> query_parameters(std::string_view query) {
  std::vector<QueryParameter> all;
  while (!query.empty()) {
    Parameter parameter = take_parameter(query);
    if (!parameter.name.empty()) {
      all.push_back({.name = std::move(parameter.name), .value = form_decode(parameter.value)});
    }
  }
  return all;
}

Result<void> check_parameters(std::string_view query, std::span<const std::string_view> known) {
  while (!query.empty()) {
    const std::string name = take_parameter(query).name;
    if (!name.empty() && std::ranges::find(known, name) == known.end()) {
      return unknown_parameter(name, known);
    }
  }
  return {};
}

std::optional<std::size_t> parse_count(std::string_view text, std::size_t most) {
  std::size_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, count);
  const bool is_count = failure == std::errc() && stop == end && count > 0 && count <= most;
  return is_count ? std::optional(count) : std::nullopt;
}

}  // namespace hapax
